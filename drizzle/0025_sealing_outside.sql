-- What the worker says of the log of the installation for those who only read: whether it keeps a checkpoint file, and the
-- policy by which it asks witnesses (docs/audit-log.md).
ALTER TABLE public.audit_log ADD COLUMN outside jsonb;
--> statement-breakpoint
GRANT UPDATE (outside) ON public.audit_log TO app_rw;
