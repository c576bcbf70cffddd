-- One row of the record as the gate sends it: a batch is one array of these. An array for each column costs Postgres
-- a tuple store for each, twice the price of the whole insert (docs/decisions/0006). A type of its own, not the
-- table's, so that a column added to the table does not stop the gates that run.
CREATE TYPE public.gate_record AS (
  tenant_id uuid,
  at timestamptz,
  id uuid,
  action text,
  outcome text,
  code text,
  actor_type text,
  actor_id uuid,
  actor_label text,
  key_version_id uuid,
  ip text,
  method text,
  path text,
  status smallint,
  duration_us integer,
  target_type text,
  target_id text,
  target_label text,
  reason text
);
--> statement-breakpoint
REVOKE ALL ON TYPE public.gate_record FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON TYPE public.gate_record TO app_gate;
