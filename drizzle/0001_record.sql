-- The record: partitioned by month, append-only. The primary key is also the keyset index (tenant, at, id).
-- Equality filters on rare values use BRIN bloom summaries: next to nothing to write, a few pages to read
-- (docs/decisions/0004). No check constraint on `action`: the closed list lives in lib/audit/contract.ts.
CREATE TABLE public.audit_event (
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,
  id uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  category text NOT NULL,
  action text NOT NULL,
  outcome text NOT NULL,
  code text,
  actor_type text NOT NULL,
  actor_id uuid,
  actor_label text,
  session_id uuid,
  key_id uuid,
  key_version_id uuid,
  ip inet,
  user_agent text,
  method text,
  host text,
  path text,
  status smallint,
  duration_us integer,
  target_type text,
  target_id text,
  target_label text,
  reason text,
  request_id text NOT NULL,
  details jsonb,
  schema_version smallint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, at, id)
) PARTITION BY RANGE (at);
--> statement-breakpoint
CREATE INDEX audit_event_actor_brin ON public.audit_event USING brin (actor_id uuid_bloom_ops) WITH (pages_per_range = 64, autosummarize = on);
--> statement-breakpoint
CREATE INDEX audit_event_key_brin ON public.audit_event USING brin (key_id uuid_bloom_ops) WITH (pages_per_range = 64, autosummarize = on);
--> statement-breakpoint
CREATE INDEX audit_event_ip_brin ON public.audit_event USING brin (ip inet_bloom_ops) WITH (pages_per_range = 64, autosummarize = on);
--> statement-breakpoint
CREATE INDEX audit_event_target_brin ON public.audit_event USING brin (target_id text_bloom_ops) WITH (pages_per_range = 64, autosummarize = on);
--> statement-breakpoint
CREATE INDEX audit_event_action_brin ON public.audit_event USING brin (action text_bloom_ops) WITH (pages_per_range = 64, autosummarize = on);
--> statement-breakpoint
-- Called by every run of the migration job: the months from the last to a year ahead exist. Rows outside land in
-- the default partition, so that an insert never fails for want of a month. Children are reached only through the
-- parent: they carry no grants, and their own policy refuses everybody.
CREATE FUNCTION public.ensure_audit_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  first_day date := (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month')::date;
  month_start date;
  child text;
  made integer := 0;
BEGIN
  FOR i IN 0..(months_ahead + 1) LOOP
    month_start := (first_day + make_interval(months => i))::date;
    child := 'audit_event_' || to_char(month_start, 'YYYY_MM');
    CONTINUE WHEN to_regclass('public.' || child) IS NOT NULL;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_event FOR VALUES FROM (%L) TO (%L)', child,
      month_start::text || ' 00:00:00+00', (month_start + interval '1 month')::date::text || ' 00:00:00+00');
    PERFORM public.close_audit_child(child);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
CREATE FUNCTION public.close_audit_child(child text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', child);
  EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', child);
  EXECUTE format('CREATE POLICY no_direct_access ON public.%I USING (false) WITH CHECK (false)', child);
END $$;
--> statement-breakpoint
CREATE TABLE public.audit_event_default PARTITION OF public.audit_event DEFAULT;
--> statement-breakpoint
SELECT public.close_audit_child('audit_event_default');
--> statement-breakpoint
SELECT public.ensure_audit_partitions(12);
