-- Anomalies of the record (docs/anomalies.md): the record by hour and actor, what rules found in it, and how people judged it.
CREATE TABLE "activity_hour" (
	"tenant_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"network" text NOT NULL,
	"result" text NOT NULL,
	"label" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "activity_hour_pk" PRIMARY KEY("tenant_id","hour","actor","action","network","result"),
	CONSTRAINT "activity_hour_result_check" CHECK ("activity_hour"."result" in ('ok', 'refused', 'bad_credential'))
);
--> statement-breakpoint
CREATE INDEX "activity_hour_actor_idx" ON "activity_hour" USING btree ("tenant_id","actor","hour");
--> statement-breakpoint
CREATE TABLE "anomaly_rule" (
	"tenant_id" uuid NOT NULL,
	"key" text NOT NULL,
	"is_enabled" boolean DEFAULT false NOT NULL,
	"parameters" jsonb NOT NULL,
	"replay" jsonb,
	"replayed_at" timestamp with time zone,
	"evaluated_to" timestamp with time zone,
	"first_enabled_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "anomaly_rule_tenant_id_key_pk" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "anomaly_mute" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"rule" text NOT NULL,
	"subject" text,
	"reason" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"muted_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "anomaly_mute_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE TABLE "anomaly" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"rule" text NOT NULL,
	"subject" text NOT NULL,
	"label" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"severity" text NOT NULL,
	"sentence" text NOT NULL,
	"facts" jsonb NOT NULL,
	"count" integer DEFAULT 1 NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"raised_at" timestamp with time zone DEFAULT now() NOT NULL,
	"mute_id" uuid,
	"state" text DEFAULT 'open' NOT NULL,
	"note" text,
	"triaged_by" text,
	"triaged_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "anomaly_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "anomaly_dedupe_key" UNIQUE("tenant_id","dedupe_key"),
	CONSTRAINT "anomaly_severity_check" CHECK ("anomaly"."severity" in ('critical', 'high', 'medium', 'low')),
	CONSTRAINT "anomaly_state_check" CHECK ("anomaly"."state" in ('open', 'true_positive', 'false_positive', 'expected'))
);
--> statement-breakpoint
CREATE INDEX "anomaly_newest_idx" ON "anomaly" USING btree ("tenant_id","raised_at","id");
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['activity_hour', 'anomaly_rule', 'anomaly_mute', 'anomaly'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
  END LOOP;
  EXECUTE format('CREATE POLICY tenant_delete ON public.activity_hour FOR DELETE USING (%s)', own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.activity_hour, public.anomaly_rule, public.anomaly_mute, public.anomaly TO app_rw;
--> statement-breakpoint
GRANT DELETE ON public.activity_hour TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.activity_hour, public.anomaly_rule, public.anomaly_mute, public.anomaly TO app_ro;
