-- Detections (docs/detections.md): sources that may send events, what they sent, and what was made of it.

-- 1. Sources of events and their tokens. The gate decides on them as on keys, so a change raises the tenant's revision.
CREATE TABLE "event_source" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"allowed_cidrs" text[] DEFAULT '{}'::text[] NOT NULL,
	"client_subject" text,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	"revoked_by" uuid,
	"revoked_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "event_source_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "event_source_bound_check" CHECK (cardinality("event_source"."allowed_cidrs") > 0 or "event_source"."client_subject" is not null)
);
--> statement-breakpoint
CREATE TABLE "event_source_token" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"public_id" text NOT NULL,
	"digest" text NOT NULL,
	"pepper_id" text NOT NULL,
	"last4" text NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	"revision" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "event_source_token_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "event_source_token_public_id_key" UNIQUE("tenant_id","public_id")
);
--> statement-breakpoint
ALTER TABLE "event_source_token" ADD CONSTRAINT "event_source_token_source_fk" FOREIGN KEY ("tenant_id","source_id") REFERENCES "public"."event_source"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "event_source_token_public_id_idx" ON "event_source_token" USING btree ("public_id");
--> statement-breakpoint
CREATE INDEX "event_source_token_source_idx" ON "event_source_token" USING btree ("tenant_id","source_id");
--> statement-breakpoint
CREATE TRIGGER event_source_revision BEFORE INSERT OR UPDATE ON public.event_source
  FOR EACH ROW EXECUTE FUNCTION public.raise_gate_revision();
--> statement-breakpoint
CREATE TRIGGER event_source_token_revision BEFORE INSERT OR UPDATE ON public.event_source_token
  FOR EACH ROW EXECUTE FUNCTION public.raise_gate_revision();
--> statement-breakpoint

-- 2. What was sent, as it came. The gate inserts; the worker reads it in order, empties the body, and drops the row later.
CREATE TABLE "event_delivery" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"kind" text NOT NULL,
	"origin_type" text NOT NULL,
	"origin_id" uuid,
	"origin_label" text NOT NULL,
	"ip" "inet",
	"user_agent" text,
	"encoding" text NOT NULL,
	"body" "bytea" NOT NULL,
	"body_bytes" integer NOT NULL,
	"headers_digest" "bytea" NOT NULL,
	"is_spilled" boolean DEFAULT false NOT NULL,
	"processed_at" timestamp with time zone,
	"events" integer,
	"problem" text,
	CONSTRAINT "event_delivery_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "event_delivery_kind_check" CHECK ("event_delivery"."kind" in ('falco', 'alertmanager', 'loss')),
	CONSTRAINT "event_delivery_origin_check" CHECK ("event_delivery"."origin_type" in ('key', 'source', 'console', 'gate')),
	CONSTRAINT "event_delivery_encoding_check" CHECK ("event_delivery"."encoding" in ('identity', 'gzip', 'deflate', 'br'))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
CREATE INDEX "event_delivery_waiting_idx" ON "event_delivery" USING btree ("tenant_id","received_at","id") WHERE "event_delivery"."processed_at" is null;
--> statement-breakpoint
CREATE INDEX "event_delivery_problem_idx" ON "event_delivery" USING btree ("tenant_id","received_at","id") WHERE "event_delivery"."problem" is not null;
--> statement-breakpoint
CREATE INDEX "event_delivery_processed_idx" ON "event_delivery" USING btree ("tenant_id","processed_at") WHERE "event_delivery"."processed_at" is not null;
--> statement-breakpoint
-- One delivery as the gate sends it; a type of its own, so that a column added to the table does not stop gates that run.
CREATE TYPE public.gate_delivery_record AS (
  tenant_id uuid,
  id uuid,
  received_at timestamptz,
  kind text,
  origin_type text,
  origin_id uuid,
  origin_label text,
  ip text,
  user_agent text,
  encoding text,
  body bytea,
  body_bytes integer,
  headers_digest bytea,
  is_spilled boolean
);
--> statement-breakpoint
REVOKE ALL ON TYPE public.gate_delivery_record FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON TYPE public.gate_delivery_record TO app_gate;
--> statement-breakpoint

-- 3. Groups, and the detections that are kept of each.
CREATE TABLE "detection_group" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"key" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"rule" text NOT NULL,
	"source" text NOT NULL,
	"scope_kind" text NOT NULL,
	"scope" text NOT NULL,
	"namespace" text,
	"workload" text,
	"container" text,
	"image" text,
	"host" text,
	"priority" text NOT NULL,
	"maturity" text NOT NULL,
	"severity" text NOT NULL,
	"severity_rank" smallint NOT NULL,
	"severity_steps" jsonb NOT NULL,
	"techniques" text[] DEFAULT '{}'::text[] NOT NULL,
	"tactics" text[] DEFAULT '{}'::text[] NOT NULL,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"note" text,
	"triaged_by" text,
	"triaged_at" timestamp with time zone,
	"episode" integer DEFAULT 1 NOT NULL,
	"episode_started_at" timestamp with time zone NOT NULL,
	"episode_count" bigint DEFAULT 0 NOT NULL,
	"represented" bigint DEFAULT 0 NOT NULL,
	"count" bigint DEFAULT 0 NOT NULL,
	"stored" integer DEFAULT 0 NOT NULL,
	"duplicates" bigint DEFAULT 0 NOT NULL,
	"expected" bigint DEFAULT 0 NOT NULL,
	"hosts" text[] DEFAULT '{}'::text[] NOT NULL,
	"differing" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"firing" integer DEFAULT 0 NOT NULL,
	"truncated" integer DEFAULT 0 NOT NULL,
	"resolved_at" timestamp with time zone,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"first_received_at" timestamp with time zone NOT NULL,
	"last_received_at" timestamp with time zone NOT NULL,
	"output" text NOT NULL,
	"is_test" boolean DEFAULT false NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "detection_group_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "detection_group_key" UNIQUE("tenant_id","key"),
	CONSTRAINT "detection_group_kind_check" CHECK ("detection_group"."kind" in ('falco', 'alertmanager')),
	CONSTRAINT "detection_group_severity_check" CHECK ("detection_group"."severity" in ('critical', 'high', 'medium', 'low', 'info')),
	CONSTRAINT "detection_group_state_check" CHECK ("detection_group"."state" in ('open', 'acknowledged', 'closed', 'expected'))
) WITH (fillfactor = 70);
--> statement-breakpoint
CREATE INDEX "detection_group_last_idx" ON "detection_group" USING btree ("tenant_id","last_received_at","id");
--> statement-breakpoint
CREATE INDEX "detection_group_worst_idx" ON "detection_group" USING btree ("tenant_id","severity_rank","last_received_at","id") WHERE "detection_group"."state" = 'open';
--> statement-breakpoint
CREATE INDEX "detection_group_updated_idx" ON "detection_group" USING btree ("tenant_id","updated_at","id");
--> statement-breakpoint
CREATE TABLE "detection" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"group_id" uuid NOT NULL,
	"episode" integer NOT NULL,
	"kind" text NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"event_at" timestamp with time zone NOT NULL,
	"event_time" text NOT NULL,
	"rule" text NOT NULL,
	"source" text NOT NULL,
	"priority" text NOT NULL,
	"priority_given" text,
	"severity" text NOT NULL,
	"severity_rank" smallint NOT NULL,
	"severity_steps" jsonb NOT NULL,
	"host" text,
	"namespace" text,
	"output" text NOT NULL,
	"raw" text NOT NULL,
	"identity" "bytea",
	"deliveries" integer DEFAULT 1 NOT NULL,
	"weight" bigint DEFAULT 1 NOT NULL,
	"marks" text[] DEFAULT '{}'::text[] NOT NULL,
	"exception" text,
	"delivery_id" uuid NOT NULL,
	"origin_type" text NOT NULL,
	"origin_id" uuid,
	"origin_label" text NOT NULL,
	"is_test" boolean DEFAULT false NOT NULL,
	"alert_state" text,
	"fingerprint" text,
	"ends_at" timestamp with time zone,
	"resolved_at" timestamp with time zone,
	"last_received_at" timestamp with time zone NOT NULL,
	CONSTRAINT "detection_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "detection_alert_state_check" CHECK ("detection"."alert_state" in ('firing', 'resolved'))
) WITH (fillfactor = 90);
--> statement-breakpoint
ALTER TABLE "detection" ADD CONSTRAINT "detection_group_fk" FOREIGN KEY ("tenant_id","group_id") REFERENCES "public"."detection_group"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "detection_newest_idx" ON "detection" USING btree ("tenant_id","received_at","id");
--> statement-breakpoint
CREATE INDEX "detection_group_idx" ON "detection" USING btree ("tenant_id","group_id","received_at","id");
--> statement-breakpoint
CREATE INDEX "detection_rule_idx" ON "detection" USING btree ("tenant_id","rule","received_at","id");
--> statement-breakpoint
CREATE INDEX "detection_severity_idx" ON "detection" USING btree ("tenant_id","severity_rank","received_at","id");
--> statement-breakpoint
CREATE INDEX "detection_host_idx" ON "detection" USING btree ("tenant_id","host","received_at","id");
--> statement-breakpoint
CREATE INDEX "detection_namespace_idx" ON "detection" USING btree ("tenant_id","namespace","received_at","id") WHERE "detection"."namespace" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "detection_alert_key" ON "detection" USING btree ("tenant_id","group_id","identity") WHERE "detection"."kind" = 'alertmanager';
--> statement-breakpoint
-- Which events were seen within the last minutes, so that one that is sent again is counted and not kept twice.
CREATE TABLE "detection_identity" (
	"tenant_id" uuid NOT NULL,
	"digest" "bytea" NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"group_id" uuid,
	"detection_id" uuid,
	"noted_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "detection_identity_tenant_id_digest_pk" PRIMARY KEY("tenant_id","digest")
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
--> statement-breakpoint
CREATE INDEX "detection_identity_age_idx" ON "detection_identity" USING btree ("tenant_id","noted_at");
--> statement-breakpoint
-- How many of each group and host fell into a minute, hour, day or month: facets and charts never count the detections.
CREATE TABLE "detection_tally" (
	"tenant_id" uuid NOT NULL,
	"span" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"group_id" uuid NOT NULL,
	"host" text NOT NULL,
	"severity_rank" smallint NOT NULL,
	"rule" text NOT NULL,
	"namespace" text NOT NULL,
	"stored" integer NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "detection_tally_pk" PRIMARY KEY("tenant_id","span","at","group_id","host","severity_rank","rule","namespace"),
	CONSTRAINT "detection_tally_span_check" CHECK ("detection_tally"."span" in ('minute', 'hour', 'day', 'month'))
) WITH (fillfactor = 80);
--> statement-breakpoint
CREATE INDEX "detection_tally_group_idx" ON "detection_tally" USING btree ("tenant_id","group_id","span","at");
--> statement-breakpoint
-- The same by severity alone, for charts without a filter.
CREATE TABLE "detection_volume" (
	"tenant_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"severity_rank" smallint NOT NULL,
	"stored" integer NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "detection_volume_pk" PRIMARY KEY("tenant_id","hour","severity_rank")
) WITH (fillfactor = 80);
--> statement-breakpoint
-- What a group's events name: what an incident is joined by.
CREATE TABLE "detection_entity" (
	"tenant_id" uuid NOT NULL,
	"group_id" uuid NOT NULL,
	"type" text NOT NULL,
	"value" text NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "detection_entity_pk" PRIMARY KEY("tenant_id","group_id","type","value")
);
--> statement-breakpoint
CREATE INDEX "detection_entity_value_idx" ON "detection_entity" USING btree ("tenant_id","type","value","last_at");
--> statement-breakpoint

-- 4. Senders, sensors, and what did not arrive.
CREATE TABLE "detection_sender" (
	"tenant_id" uuid NOT NULL,
	"type" text NOT NULL,
	"id" uuid NOT NULL,
	"label" text NOT NULL,
	"tokens" double precision NOT NULL,
	"tokens_at" timestamp with time zone NOT NULL,
	"events" bigint DEFAULT 0 NOT NULL,
	"summarised" bigint DEFAULT 0 NOT NULL,
	"unreadable" bigint DEFAULT 0 NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "detection_sender_pk" PRIMARY KEY("tenant_id","type","id")
);
--> statement-breakpoint
CREATE TABLE "detection_sensor" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"sender_type" text NOT NULL,
	"sender_id" uuid NOT NULL,
	"host" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_event_at" timestamp with time zone,
	"last_heartbeat_at" timestamp with time zone,
	"recent_gaps" integer[] DEFAULT '{}'::integer[] NOT NULL,
	"version" text,
	"kernel" text,
	"engine" text,
	"facts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"events" bigint DEFAULT 0 NOT NULL,
	"clock_offset_ms" bigint,
	"clock_at" timestamp with time zone,
	"retired_at" timestamp with time zone,
	"retired_by" text,
	"retired_reason" text,
	CONSTRAINT "detection_sensor_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "detection_sensor_key" UNIQUE("tenant_id","kind","sender_type","sender_id","host")
);
--> statement-breakpoint
CREATE TABLE "detection_sensor_hour" (
	"tenant_id" uuid NOT NULL,
	"sensor_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"events" bigint NOT NULL,
	"heartbeats" integer NOT NULL,
	"seen" bigint NOT NULL,
	"dropped" bigint NOT NULL,
	CONSTRAINT "detection_sensor_hour_pk" PRIMARY KEY("tenant_id","sensor_id","hour")
);
--> statement-breakpoint
CREATE TABLE "detection_loss" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"from_at" timestamp with time zone NOT NULL,
	"to_at" timestamp with time zone NOT NULL,
	"deliveries" bigint NOT NULL,
	"reason" text NOT NULL,
	CONSTRAINT "detection_loss_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint

-- 5. Exceptions: what is expected, for a time, approved by a second person.
CREATE TABLE "detection_exception" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"rule" text NOT NULL,
	"fields" jsonb NOT NULL,
	"reason" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"requested_by" uuid,
	"requested_by_label" text NOT NULL,
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL,
	"approved_by" uuid,
	"approved_by_label" text,
	"approved_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"ended_by_label" text,
	"ended_reason" text,
	"replay" jsonb NOT NULL,
	"applied_at" timestamp with time zone,
	"covered" bigint DEFAULT 0 NOT NULL,
	"last_covered_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "detection_exception_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "detection_exception_approver_check" CHECK ("detection_exception"."approved_by" is distinct from "detection_exception"."requested_by" or "detection_exception"."approved_by" is null)
);
--> statement-breakpoint
CREATE INDEX "detection_exception_newest_idx" ON "detection_exception" USING btree ("tenant_id","requested_at","id");
--> statement-breakpoint

-- 6. An anomaly that is a state, such as a silent sensor, ends by itself.
ALTER TABLE "anomaly" ADD COLUMN "ended_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "anomaly" DROP CONSTRAINT "anomaly_state_check";
--> statement-breakpoint
ALTER TABLE "anomaly" ADD CONSTRAINT "anomaly_state_check" CHECK ("anomaly"."state" in ('open', 'true_positive', 'false_positive', 'expected', 'ended'));
--> statement-breakpoint

-- 7. Row-level security and grants.
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  is_gate constant text := 'current_user = ''app_gate''';
  name text;
  readable text;
  insertable text;
BEGIN
  FOREACH name IN ARRAY ARRAY['event_source', 'event_source_token', 'event_delivery', 'detection_group', 'detection',
    'detection_identity', 'detection_tally', 'detection_volume', 'detection_entity', 'detection_sender', 'detection_sensor',
    'detection_sensor_hour', 'detection_loss', 'detection_exception'] LOOP
    readable := own_tenant;
    insertable := own_tenant;
    IF name IN ('event_source', 'event_source_token', 'event_delivery') THEN
      readable := own_tenant || ' OR ' || is_gate;
    END IF;
    IF name = 'event_delivery' THEN
      insertable := own_tenant || ' OR ' || is_gate;
    END IF;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, readable);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, insertable);
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['event_delivery', 'detection', 'detection_identity', 'detection_tally', 'detection_volume',
    'detection_entity', 'detection_sensor_hour'] LOOP
    EXECUTE format('CREATE POLICY tenant_delete ON public.%I FOR DELETE USING (%s)', name, own_tenant);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.event_source, public.event_source_token TO app_rw;
--> statement-breakpoint
GRANT UPDATE (name, allowed_cidrs, client_subject, revoked_at, revoked_by, revoked_reason, version) ON public.event_source TO app_rw;
--> statement-breakpoint
GRANT UPDATE (revoked_at) ON public.event_source_token TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON public.event_delivery TO app_rw;
--> statement-breakpoint
GRANT UPDATE (processed_at, body, events, problem) ON public.event_delivery TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.detection_group, public.detection, public.detection_identity, public.detection_tally,
  public.detection_volume, public.detection_entity, public.detection_sender, public.detection_sensor,
  public.detection_sensor_hour, public.detection_exception TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.detection_loss TO app_rw;
--> statement-breakpoint
GRANT DELETE ON public.detection, public.detection_identity, public.detection_tally, public.detection_volume,
  public.detection_entity, public.detection_sensor_hour TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.event_source, public.event_delivery, public.detection_group, public.detection, public.detection_tally,
  public.detection_volume, public.detection_entity, public.detection_sender, public.detection_sensor,
  public.detection_sensor_hour, public.detection_loss, public.detection_exception TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, source_id, public_id, last4, created_by, created_at, revoked_at, revision)
  ON public.event_source_token TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, name, allowed_cidrs, client_subject, revoked_at, revision) ON public.event_source TO app_gate;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, source_id, public_id, digest, pepper_id, revoked_at, revision) ON public.event_source_token TO app_gate;
--> statement-breakpoint
GRANT INSERT ON public.event_delivery TO app_gate;
--> statement-breakpoint
GRANT SELECT (tenant_id, id) ON public.event_delivery TO app_gate;
--> statement-breakpoint

-- 8. Deliveries of events are traffic too; the list stands again in lib/platform/audit/filters.ts.
DROP INDEX public.audit_event_signal_idx;
--> statement-breakpoint
CREATE INDEX audit_event_signal_idx ON public.audit_event (tenant_id, at, id)
  WHERE action NOT IN ('gate.verify', 'gate.authorize', 'gate.events', 'api.request', 'console.view');
