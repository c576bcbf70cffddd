-- Scanners that Bulwark runs itself (docs/scanners.md): what is scanned, runs with their log, and what is installed.
CREATE TABLE "scan_target" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"asset" text NOT NULL,
	"scanner" text NOT NULL,
	"kind" text NOT NULL,
	"location" text NOT NULL,
	"branch" text DEFAULT 'main' NOT NULL,
	"every" text DEFAULT 'never' NOT NULL,
	"run_at" text DEFAULT '03:00' NOT NULL,
	"weekday" smallint DEFAULT 1 NOT NULL,
	"is_enabled" boolean DEFAULT true NOT NULL,
	"answered_due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "scan_target_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "scan_target_kind_check" CHECK ("scan_target"."kind" in ('path', 'git', 'image')),
	CONSTRAINT "scan_target_every_check" CHECK ("scan_target"."every" in ('never', 'hour', 'day', 'week')),
	CONSTRAINT "scan_target_weekday_check" CHECK ("scan_target"."weekday" between 1 and 7)
);
--> statement-breakpoint
CREATE TABLE "scanner_log" (
	"tenant_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"source" text NOT NULL,
	"line" text NOT NULL,
	CONSTRAINT "scanner_log_tenant_id_run_id_number_pk" PRIMARY KEY("tenant_id","run_id","number")
);
--> statement-breakpoint
CREATE TABLE "scanner_run" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"status" text NOT NULL,
	"sentence" text,
	"is_scheduled" boolean NOT NULL,
	"requested_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"heartbeat_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"cancel_requested_at" timestamp with time zone,
	"claim" uuid,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"tool_version" text,
	"exit_code" integer,
	"scan_id" uuid,
	CONSTRAINT "scanner_run_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "scanner_run_status_check" CHECK ("scanner_run"."status" in ('queued', 'running', 'imported', 'failed', 'cancelled', 'timed_out'))
);
--> statement-breakpoint
CREATE TABLE "scanner_state" (
	"tenant_id" uuid NOT NULL,
	"scanner" text NOT NULL,
	"version" text,
	"problem" text,
	"checked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "scanner_state_tenant_id_scanner_pk" PRIMARY KEY("tenant_id","scanner")
);
--> statement-breakpoint
ALTER TABLE "scanner_log" ADD CONSTRAINT "scanner_log_run_fk" FOREIGN KEY ("tenant_id","run_id") REFERENCES "public"."scanner_run"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "scanner_run" ADD CONSTRAINT "scanner_run_target_fk" FOREIGN KEY ("tenant_id","target_id") REFERENCES "public"."scan_target"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "scan_target_key" ON "scan_target" USING btree ("tenant_id","asset","scanner","location","branch") WHERE "scan_target"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "scanner_run_newest_idx" ON "scanner_run" USING btree ("tenant_id","target_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "scanner_run_open_key" ON "scanner_run" USING btree ("tenant_id","target_id") WHERE "scanner_run"."status" in ('queued', 'running');
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['scan_target', 'scanner_run', 'scanner_log', 'scanner_state'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['scan_target', 'scanner_run', 'scanner_state'] LOOP
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.scan_target, public.scanner_run, public.scanner_state TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.scanner_log TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.scan_target, public.scanner_run, public.scanner_log, public.scanner_state TO app_ro;
