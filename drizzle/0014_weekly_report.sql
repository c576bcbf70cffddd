-- The weekly report (docs/reports.md): what each tenant wants in it and when, and every report as it was sent.
CREATE TABLE "report_setting" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"is_enabled" boolean DEFAULT true NOT NULL,
	"weekday" smallint DEFAULT 1 NOT NULL,
	"send_at" text DEFAULT '08:00' NOT NULL,
	"sections" text[] NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "report_setting_weekday_check" CHECK ("report_setting"."weekday" between 1 and 7)
);
--> statement-breakpoint
CREATE TABLE "weekly_report" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from_on" date NOT NULL,
	"to_on" date NOT NULL,
	"headline" text NOT NULL,
	"tone" text NOT NULL,
	"content" jsonb NOT NULL,
	"made_by" text NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "weekly_report_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "weekly_report_kind_check" CHECK ("weekly_report"."kind" in ('scheduled', 'on_demand'))
);
--> statement-breakpoint
CREATE INDEX "weekly_report_newest_idx" ON "weekly_report" USING btree ("tenant_id","made_at","id");
--> statement-breakpoint
-- One scheduled report for each week, however many workers there are.
CREATE UNIQUE INDEX "weekly_report_scheduled_key" ON "weekly_report" USING btree ("tenant_id","from_on") WHERE "weekly_report"."kind" = 'scheduled';
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['report_setting', 'weekly_report'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
  END LOOP;
  EXECUTE format('CREATE POLICY tenant_update ON public.report_setting FOR UPDATE USING (%s) WITH CHECK (%s)', own_tenant, own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.report_setting TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.weekly_report TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.report_setting, public.weekly_report TO app_ro;
