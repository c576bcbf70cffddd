-- The checklist: runs, what they saw, exceptions, and what the release gate said. What is recorded here is never changed;
-- a state is computed from the latest run.
CREATE TABLE public.checklist_run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  trigger text NOT NULL,
  actor_type text NOT NULL,
  actor_id uuid,
  actor_label text NOT NULL,
  definition_hash text NOT NULL,
  check_keys text[] NOT NULL,
  state text NOT NULL,
  running_keys text[] NOT NULL DEFAULT '{}'::text[],
  problem text,
  requested_at timestamp with time zone NOT NULL DEFAULT now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  CONSTRAINT checklist_run_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT checklist_run_trigger_check CHECK (trigger IN ('person', 'service', 'schedule')),
  CONSTRAINT checklist_run_state_check CHECK (state IN ('queued', 'running', 'completed', 'error'))
);
--> statement-breakpoint
CREATE INDEX checklist_run_requested_idx ON public.checklist_run (tenant_id, requested_at, id);
--> statement-breakpoint
-- One scheduled run at a time, however many workers there are.
CREATE UNIQUE INDEX checklist_run_one_scheduled ON public.checklist_run (tenant_id)
  WHERE trigger = 'schedule' AND state IN ('queued', 'running');
--> statement-breakpoint
CREATE TABLE public.check_evidence (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  check_key text NOT NULL,
  source text NOT NULL,
  collector text NOT NULL,
  collected_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT now(),
  effective_from timestamp with time zone NOT NULL,
  effective_until timestamp with time zone NOT NULL,
  sha256 text NOT NULL,
  body text NOT NULL,
  link text,
  file_name text,
  file_type text,
  file bytea,
  CONSTRAINT check_evidence_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT check_evidence_source_check CHECK (source IN ('run', 'attestation', 'import')),
  CONSTRAINT check_evidence_time_check CHECK (effective_until > effective_from),
  CONSTRAINT check_evidence_digest_check CHECK (sha256 = encode(sha256(convert_to(body, 'UTF8')), 'hex'))
);
--> statement-breakpoint
CREATE TABLE public.check_run (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  run_id uuid,
  objective_key text NOT NULL,
  check_key text NOT NULL,
  check_version integer NOT NULL,
  check_digest text NOT NULL,
  source text NOT NULL,
  outcome text NOT NULL,
  summary text NOT NULL,
  started_at timestamp with time zone NOT NULL,
  finished_at timestamp with time zone NOT NULL,
  scope_expected integer NOT NULL,
  scope_covered integer NOT NULL,
  failing_total integer NOT NULL,
  problems jsonb NOT NULL,
  problems_total integer NOT NULL,
  evidence_id uuid NOT NULL,
  effective_until timestamp with time zone,
  side text NOT NULL,
  side_since timestamp with time zone NOT NULL,
  before_side text,
  before_since timestamp with time zone,
  actor_type text NOT NULL,
  actor_id uuid,
  actor_label text NOT NULL,
  CONSTRAINT check_run_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT check_run_run_fk FOREIGN KEY (tenant_id, run_id)
    REFERENCES public.checklist_run (tenant_id, id) ON DELETE RESTRICT,
  CONSTRAINT check_run_evidence_fk FOREIGN KEY (tenant_id, evidence_id)
    REFERENCES public.check_evidence (tenant_id, id) ON DELETE RESTRICT,
  CONSTRAINT check_run_source_check CHECK (source IN ('run', 'attestation', 'import')),
  CONSTRAINT check_run_outcome_check
    CHECK (outcome IN ('pass', 'warn', 'fail', 'not_applicable', 'not_available', 'error')),
  CONSTRAINT check_run_scope_check CHECK (scope_covered >= 0 AND scope_covered <= scope_expected)
);
--> statement-breakpoint
CREATE INDEX check_run_latest_idx ON public.check_run (tenant_id, check_key, finished_at, id);
--> statement-breakpoint
CREATE INDEX check_run_run_idx ON public.check_run (tenant_id, run_id);
--> statement-breakpoint
-- A check is run once within a run, even if two workers take up the same job.
CREATE UNIQUE INDEX check_run_once ON public.check_run (tenant_id, run_id, check_key) WHERE run_id IS NOT NULL;
--> statement-breakpoint
CREATE TABLE public.objective_state (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  objective_key text NOT NULL,
  state text NOT NULL,
  before text,
  reason text NOT NULL,
  run_id uuid,
  at timestamp with time zone NOT NULL,
  CONSTRAINT objective_state_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT objective_state_state_check
    CHECK (state IN ('fail', 'unknown', 'stale', 'excepted', 'warn', 'pass', 'not_applicable'))
);
--> statement-breakpoint
CREATE INDEX objective_state_latest_idx ON public.objective_state (tenant_id, objective_key, at, id);
--> statement-breakpoint
CREATE TABLE public.check_exception (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  check_key text NOT NULL,
  resource text,
  reason text NOT NULL,
  requested_by uuid NOT NULL,
  requested_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone NOT NULL,
  approved_by uuid,
  approved_at timestamp with time zone,
  revoked_by uuid,
  revoked_at timestamp with time zone,
  CONSTRAINT check_exception_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT check_exception_second_person CHECK (approved_by <> requested_by),
  CONSTRAINT check_exception_approval_check CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
  CONSTRAINT check_exception_reason_check CHECK (length(reason) >= 20),
  CONSTRAINT check_exception_expiry_check CHECK (expires_at > requested_at)
);
--> statement-breakpoint
CREATE INDEX check_exception_check_idx ON public.check_exception (tenant_id, check_key, expires_at);
--> statement-breakpoint
CREATE TABLE public.release_verdict (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  release text NOT NULL,
  image_digest text,
  environment text NOT NULL,
  verdict text NOT NULL,
  items jsonb NOT NULL,
  definition_hash text NOT NULL,
  decided_at timestamp with time zone NOT NULL DEFAULT now(),
  actor_type text NOT NULL,
  actor_id uuid,
  actor_label text NOT NULL,
  CONSTRAINT release_verdict_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT release_verdict_verdict_check CHECK (verdict IN ('pass', 'fail'))
);
--> statement-breakpoint
CREATE INDEX release_verdict_decided_idx ON public.release_verdict (tenant_id, decided_at, id);
--> statement-breakpoint
CREATE TABLE public.release_override (
  tenant_id uuid NOT NULL,
  verdict_id uuid NOT NULL,
  reason text NOT NULL,
  overridden_by uuid NOT NULL,
  overridden_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT release_override_tenant_id_verdict_id_pk PRIMARY KEY (tenant_id, verdict_id),
  CONSTRAINT release_override_verdict_fk FOREIGN KEY (tenant_id, verdict_id)
    REFERENCES public.release_verdict (tenant_id, id) ON DELETE RESTRICT,
  CONSTRAINT release_override_reason_check CHECK (length(reason) >= 20)
);
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['checklist_run', 'check_evidence', 'check_run', 'objective_state', 'check_exception',
    'release_verdict', 'release_override'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC', name);
    EXECUTE format('GRANT SELECT, INSERT ON public.%I TO app_rw', name);
    EXECUTE format('GRANT SELECT ON public.%I TO app_ro', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['checklist_run', 'check_exception'] LOOP
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT UPDATE (state, running_keys, problem, started_at, finished_at) ON public.checklist_run TO app_rw;
--> statement-breakpoint
GRANT UPDATE (approved_by, approved_at, revoked_by, revoked_at) ON public.check_exception TO app_rw;
