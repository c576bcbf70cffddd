-- Monthly metrics (docs/metrics.md): counts of the record and episodes of findings, added up once each, and the values of
-- each month derived from them. All of it can be rebuilt from the rows.
CREATE TABLE "metric_count" (
	"tenant_id" uuid NOT NULL,
	"month" date NOT NULL,
	"metric" text NOT NULL,
	"dimension" text NOT NULL,
	"value" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "metric_count_pk" PRIMARY KEY("tenant_id","month","metric","dimension","value")
);
--> statement-breakpoint
CREATE TABLE "metric_episode" (
	"tenant_id" uuid NOT NULL,
	"severity" text NOT NULL,
	"opened_on" date NOT NULL,
	"ended_on" date NOT NULL,
	"ending" text NOT NULL,
	"is_reopened" boolean NOT NULL,
	"in_time" boolean NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "metric_episode_pk" PRIMARY KEY("tenant_id","severity","opened_on","ended_on","ending","is_reopened","in_time"),
	CONSTRAINT "metric_episode_ending_check" CHECK ("metric_episode"."ending" in ('open', 'fixed', 'dismissed'))
);
--> statement-breakpoint
CREATE TABLE "metric_value" (
	"tenant_id" uuid NOT NULL,
	"month" date NOT NULL,
	"metric" text NOT NULL,
	"series" text NOT NULL,
	"value" double precision,
	"n" integer,
	"censored" integer,
	"label" text,
	"computed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"was" double precision,
	"restated_at" timestamp with time zone,
	CONSTRAINT "metric_value_pk" PRIMARY KEY("tenant_id","month","metric","series")
);
--> statement-breakpoint
CREATE TABLE "metric_progress" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"time_zone" text NOT NULL,
	"definitions" text NOT NULL,
	"events_before" bigint DEFAULT 0 NOT NULL,
	"pass_until" bigint,
	"pass_after" uuid,
	"dirty_from" date,
	"computed_at" timestamp with time zone
);
--> statement-breakpoint
-- The transaction that wrote an event: events are read once each in an order in which none can appear behind the mark.
ALTER TABLE public.finding_event ADD COLUMN recorded_xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
--> statement-breakpoint
CREATE INDEX "finding_exploited_idx" ON "finding" USING btree ("tenant_id","due_at") WHERE "is_kev" AND "status" = 'open';
--> statement-breakpoint
CREATE INDEX "finding_event_xid_idx" ON "finding_event" USING brin ("recorded_xid");
--> statement-breakpoint
CREATE INDEX "finding_event_at_idx" ON "finding_event" USING brin ("at");
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['metric_count', 'metric_episode', 'metric_value', 'metric_progress'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
    EXECUTE format('CREATE POLICY tenant_delete ON public.%I FOR DELETE USING (%s)', name, own_tenant);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON public.metric_count, public.metric_episode, public.metric_value, public.metric_progress TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.metric_count, public.metric_episode, public.metric_value, public.metric_progress TO app_ro;
