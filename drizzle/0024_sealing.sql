-- The sealed audit log (docs/audit-log.md): one Merkle tree per tenant over its events, and one log of the installation, with
-- the nil tenant, over the tenants' checkpoints. Nothing here is needed to write an event.

-- 1. Which transaction wrote an event. The order of the tree is that of commits as the sequencer sees them, never a clock.
-- Added without a rewrite: events from before share the transaction of this migration.
ALTER TABLE public.audit_event ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
--> statement-breakpoint
-- RFC 7493 2.2: whether a reader that holds numbers as IEEE 754 doubles reads each of them as it was written.
CREATE FUNCTION public.json_numbers_are_doubles(document jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT NOT EXISTS (
    SELECT FROM jsonb_path_query(document, 'strict $.** ? (@.type() == "number")') AS found(number)
    WHERE CASE
      WHEN number::numeric = 0 THEN false
      WHEN abs(number::numeric) NOT BETWEEN 4.940656458412465e-324 AND 1.7976931348623157e308 THEN true
      ELSE number::numeric <> ((number::numeric)::float8)::text::numeric
    END)
$$;
--> statement-breakpoint
-- What could not be sealed is not stored: an entry of a tile has 65,535 bytes at most (c2sp.org/tlog-tiles). A trigger, since
-- a check constraint is parsed again for every statement: 2 to 8 µs an event of the gate, against 0.3 for this condition.
CREATE FUNCTION public.prepare_sealable_event() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  bytes integer := octet_length(NEW.details::text);
BEGIN
  IF bytes > 60000 THEN
    RAISE EXCEPTION 'the details of an audit event have % bytes, 60000 at most', bytes
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_event_details_size';
  END IF;
  -- Only a number of 16 digits or more can be none of double precision.
  IF NEW.details::text ~ '[0-9.]{16}' AND NOT public.json_numbers_are_doubles(NEW.details) THEN
    RAISE EXCEPTION 'the details of an audit event hold a number that no double can hold'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_event_details_numbers';
  END IF;
  IF NEW.schema_version <> 1 THEN
    RAISE EXCEPTION 'no encoder seals audit events of schema version %', NEW.schema_version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_event_schema_version';
  END IF;
  -- Nobody who writes an event chooses when it seems to have been committed: the sequencer would never see it.
  NEW.xact := pg_current_xact_id();
  RETURN NEW;
END $$;
--> statement-breakpoint
-- 2,000 bytes of jsonb cannot grow beyond the limit as text. The gate writes the details of decisions from doubles.
CREATE TRIGGER audit_event_sealable BEFORE INSERT ON public.audit_event FOR EACH ROW
  WHEN (pg_column_size(NEW.details) > 2000 OR (NEW.category <> 'decision' AND NEW.details IS NOT NULL)
    OR NEW.schema_version <> 1 OR NEW.xact <> pg_current_xact_id())
  EXECUTE FUNCTION public.prepare_sealable_event();
--> statement-breakpoint

-- 2. The trees.
CREATE TABLE public.audit_log (
  tenant_id uuid NOT NULL,
  -- 1; a restored database begins the next one.
  incarnation smallint NOT NULL,
  origin text NOT NULL,
  size bigint NOT NULL DEFAULT 0,
  -- Leaves of the first pass: events from before sealing began are sealed as they were found then.
  first_pass bigint,
  -- Hashes of the perfect subtrees that cover the tree, left to right.
  parts bytea NOT NULL DEFAULT '',
  -- Every event that was committed for this snapshot is sealed; when it was taken, by the database's clock; before when no
  -- event lies of a transaction that was under way then.
  snapshot pg_snapshot,
  snapshot_at timestamptz,
  horizon_at timestamptz,
  -- The same of a pass over a backlog that is under way, and the last event that it has sealed.
  sweep pg_snapshot,
  sweep_at timestamptz,
  sweep_horizon_at timestamptz,
  swept_at timestamptz,
  swept_id uuid,
  -- When leaves were added last.
  sealed_at timestamptz,
  opened_at timestamptz NOT NULL DEFAULT now(),
  -- Of a later incarnation: the last checkpoint known outside, the size found, the leaves that are lost.
  restored jsonb,
  CONSTRAINT audit_log_pk PRIMARY KEY (tenant_id, incarnation),
  CONSTRAINT audit_log_size_check CHECK (size >= 0 AND incarnation >= 1)
);
--> statement-breakpoint
-- Leaves that were sealed together, in the order of the tree: per leaf 32 bytes of hash, 16 of salt (none in the log of the
-- installation), and its event's place, about 8: the difference of `at` to the leaf before as a varint, and four bytes of id.
CREATE TABLE public.audit_batch (
  tenant_id uuid NOT NULL,
  incarnation smallint NOT NULL,
  first_index bigint NOT NULL,
  leaves integer NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  places bytea NOT NULL,
  hashes bytea NOT NULL,
  salts bytea NOT NULL,
  CONSTRAINT audit_batch_pk PRIMARY KEY (tenant_id, incarnation, first_index),
  CONSTRAINT audit_batch_log_fk FOREIGN KEY (tenant_id, incarnation) REFERENCES public.audit_log (tenant_id, incarnation)
    ON DELETE RESTRICT,
  CONSTRAINT audit_batch_leaves_check CHECK (leaves > 0 AND first_index >= 0 AND octet_length(hashes) = 32 * leaves
    AND octet_length(salts) IN (0, 16 * leaves))
);
--> statement-breakpoint
-- Random bytes: compressing them costs time and saves nothing.
ALTER TABLE public.audit_batch ALTER COLUMN places SET STORAGE EXTERNAL, ALTER COLUMN hashes SET STORAGE EXTERNAL,
  ALTER COLUMN salts SET STORAGE EXTERNAL;
--> statement-breakpoint
CREATE INDEX audit_batch_time_idx ON public.audit_batch (tenant_id, last_at);
--> statement-breakpoint
-- Indexes are contiguous, whoever writes: a batch begins where the one before it ends.
CREATE FUNCTION public.require_contiguous_batch() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  expected bigint;
BEGIN
  SELECT b.first_index + b.leaves INTO expected FROM public.audit_batch b
  WHERE b.tenant_id = NEW.tenant_id AND b.incarnation = NEW.incarnation
  ORDER BY b.first_index DESC LIMIT 1;
  IF NEW.first_index <> coalesce(expected, 0) THEN
    RAISE EXCEPTION 'the batch begins at leaf %, the tree ends at %', NEW.first_index, coalesce(expected, 0)
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'audit_batch_contiguous';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_batch_contiguous BEFORE INSERT ON public.audit_batch
  FOR EACH ROW EXECUTE FUNCTION public.require_contiguous_batch();
--> statement-breakpoint
-- Roots of the full tiles, which are the hashes of the tiles one level above; level 1 has a row for each 256 leaves.
CREATE TABLE public.audit_node (
  tenant_id uuid NOT NULL,
  incarnation smallint NOT NULL,
  level smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_node_pk PRIMARY KEY (tenant_id, incarnation, level, index),
  CONSTRAINT audit_node_hash_check CHECK (level >= 1 AND octet_length(hash) = 32)
);
--> statement-breakpoint
-- Heads of the trees that were published. Those of tenants are leaves of the installation's log, in `entry_index`.
CREATE TABLE public.audit_checkpoint (
  tenant_id uuid NOT NULL,
  incarnation smallint NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  entry_incarnation smallint,
  entry_index bigint,
  -- The signed note with every cosignature, and when it was signed last; only newer ones keep it.
  note text,
  signed_at timestamptz,
  -- When enough witnesses had cosigned it.
  witnessed_at timestamptz,
  CONSTRAINT audit_checkpoint_pk PRIMARY KEY (tenant_id, incarnation, size),
  CONSTRAINT audit_checkpoint_root_check CHECK (octet_length(root) = 32),
  CONSTRAINT audit_checkpoint_entry_key UNIQUE (tenant_id, entry_incarnation, entry_index)
);
--> statement-breakpoint
-- The public keys under which a log signs, each from a size on; `until_size` is the last one it signed.
CREATE TABLE public.audit_log_key (
  tenant_id uuid NOT NULL,
  key_name text NOT NULL,
  type smallint NOT NULL,
  public_key bytea NOT NULL,
  from_incarnation smallint NOT NULL,
  from_size bigint NOT NULL,
  until_incarnation smallint,
  until_size bigint,
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_log_key_pk PRIMARY KEY (tenant_id, public_key)
);
--> statement-breakpoint
-- What each witness of the policy said last.
CREATE TABLE public.audit_witness (
  tenant_id uuid NOT NULL,
  name text NOT NULL,
  key_name text NOT NULL,
  url text,
  size bigint NOT NULL DEFAULT 0,
  cosigned_at timestamptz,
  cosigned_keys text[] NOT NULL DEFAULT '{}',
  problem text,
  problem_kind text,
  problem_at timestamptz,
  CONSTRAINT audit_witness_pk PRIMARY KEY (tenant_id, name),
  CONSTRAINT audit_witness_problem_check CHECK (problem_kind IN ('unreachable', 'refused', 'larger'))
);
--> statement-breakpoint
-- Runs of the verifier against the database; `progress` lets the next one go on.
CREATE TABLE public.audit_verification (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  started_by text NOT NULL,
  -- 'running', 'verified', 'faults' or 'failed' (it could not look at everything).
  state text NOT NULL,
  leaves bigint NOT NULL DEFAULT 0,
  checkpoint_size bigint,
  is_witnessed boolean,
  report jsonb,
  progress jsonb,
  CONSTRAINT audit_verification_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT audit_verification_state_check CHECK (state IN ('running', 'verified', 'faults', 'failed'))
);
--> statement-breakpoint
CREATE INDEX audit_verification_time_idx ON public.audit_verification (tenant_id, started_at DESC);
--> statement-breakpoint

-- 3. What may leave the log, and how proofs survive it. Written by the owner's functions alone.
-- Fields of an event whose values were erased: the salts that still open the others, and what the erased ones were hashed to.
CREATE TABLE public.audit_erasure (
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,
  event_id uuid NOT NULL,
  fields text[] NOT NULL,
  opening jsonb NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_erasure_pk PRIMARY KEY (tenant_id, at, event_id)
);
--> statement-breakpoint
-- Spans of time whose events were dropped by policy; their leaves stay in the batches.
CREATE TABLE public.audit_retirement (
  tenant_id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  categories text[],
  leaves bigint NOT NULL,
  requested_by text NOT NULL,
  approved_by text NOT NULL,
  retired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_retirement_pk PRIMARY KEY (tenant_id, from_at, to_at),
  CONSTRAINT audit_retirement_span_check CHECK (from_at < to_at)
);
--> statement-breakpoint

-- 4. Who may do what. The heads and hashes of the installation's log tell nothing of a tenant, and every tenant's proof needs
-- them: readable in any scope.
DO $$
DECLARE
  own constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  installation constant text := 'tenant_id = ''00000000-0000-0000-0000-000000000000''::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_log', 'audit_batch', 'audit_node', 'audit_checkpoint', 'audit_log_key', 'audit_witness',
    'audit_verification', 'audit_erasure', 'audit_retirement'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s OR %s)', name, own, installation);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC', name);
    EXECUTE format('GRANT SELECT ON public.%I TO app_rw, app_ro', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['audit_log', 'audit_batch', 'audit_node', 'audit_checkpoint', 'audit_log_key', 'audit_witness',
    'audit_verification'] LOOP
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own);
    EXECUTE format('GRANT INSERT ON public.%I TO app_rw', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['audit_log', 'audit_checkpoint', 'audit_log_key', 'audit_witness', 'audit_verification'] LOOP
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own, own);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT UPDATE (size, first_pass, parts, snapshot, snapshot_at, horizon_at, sweep, sweep_at, sweep_horizon_at, swept_at, swept_id, sealed_at)
  ON public.audit_log TO app_rw;
--> statement-breakpoint
GRANT UPDATE (note, signed_at, witnessed_at) ON public.audit_checkpoint TO app_rw;
--> statement-breakpoint
GRANT UPDATE (until_incarnation, until_size) ON public.audit_log_key TO app_rw;
--> statement-breakpoint
GRANT UPDATE (key_name, url, size, cosigned_at, cosigned_keys, problem, problem_kind, problem_at) ON public.audit_witness TO app_rw;
--> statement-breakpoint
GRANT UPDATE (finished_at, state, leaves, checkpoint_size, is_witnessed, report, progress) ON public.audit_verification TO app_rw;
