-- One row of the record as the gate sends it, with what a request at a route adds: host, user agent, session, details.
-- A new type beside gate_record (drizzle/0005), which the gates that still run keep using until they are replaced.
CREATE TYPE public.gate_access_record AS (
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
  session_id uuid,
  ip text,
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
  details text
);
--> statement-breakpoint
REVOKE ALL ON TYPE public.gate_access_record FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON TYPE public.gate_access_record TO app_gate;
