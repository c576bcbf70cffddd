-- Scans and findings (reference/findings.md). Two axes, detection and decision, are stored; what people see is derived
-- from them by the database, so that no writer can leave them contradicting each other.
CREATE TABLE "acceptance" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"finding_id" uuid NOT NULL,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"requested_by" text NOT NULL,
	"requested_label" text NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"decided_by" text,
	"decided_label" text,
	"decided_at" timestamp with time zone,
	"comment" text,
	CONSTRAINT "acceptance_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "acceptance_state_check" CHECK ("acceptance"."state" in ('requested', 'approved', 'refused', 'ended')),
	CONSTRAINT "acceptance_four_eyes_check" CHECK ("acceptance"."state" <> 'approved' or "acceptance"."decided_by" <> "acceptance"."requested_by")
);
--> statement-breakpoint
CREATE TABLE "asset" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"owner_user_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "asset_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "asset_name_key" UNIQUE("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "finding" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"asset_id" uuid NOT NULL,
	"tool" text NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"member" integer NOT NULL,
	"key_version" smallint NOT NULL,
	"rule_id" text NOT NULL,
	"aliases" text[] NOT NULL,
	"severity" text NOT NULL,
	"severity_rank" smallint GENERATED ALWAYS AS (
		CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END) STORED NOT NULL,
	"title" text NOT NULL,
	"package" text,
	"path" text,
	"details" jsonb NOT NULL,
	"is_kev" boolean DEFAULT false NOT NULL,
	"detection" text NOT NULL,
	"decision" text DEFAULT 'none' NOT NULL,
	"decision_until" timestamp with time zone,
	"decision_reason" text,
	"decision_justification" text,
	"decision_source" text,
	"decided_by" text,
	"decided_at" timestamp with time zone,
	"status" text GENERATED ALWAYS AS (
		CASE
			WHEN detection = 'absent' AND decision IN ('false_positive', 'not_affected', 'suppressed_in_tool') THEN 'archived'
			WHEN detection = 'absent' THEN 'fixed'
			WHEN decision IN ('accepted', 'false_positive', 'not_affected') THEN decision
			WHEN decision = 'suppressed_in_tool' THEN 'suppressed'
			WHEN decision = 'resolved_manually' AND kind = 'secret' THEN 'fixed'
			ELSE 'open'
		END) STORED NOT NULL,
	"owner_user_id" uuid,
	"first_seen_at" timestamp with time zone NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"due_at" timestamp with time zone,
	"fixed_at" timestamp with time zone,
	"fixed_by_scan_id" uuid,
	"episode" integer DEFAULT 1 NOT NULL,
	"events" integer DEFAULT 1 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "finding_detection_check" CHECK (detection in ('present', 'absent')),
	CONSTRAINT "finding_decision_check" CHECK (decision in ('none', 'confirmed', 'accepted', 'false_positive', 'not_affected', 'suppressed_in_tool', 'resolved_manually')),
	CONSTRAINT "finding_acceptance_check" CHECK (decision <> 'accepted' OR decision_until IS NOT NULL),
	CONSTRAINT "finding_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "finding_key" UNIQUE("tenant_id","asset_id","key","member")
);
--> statement-breakpoint
CREATE TABLE "finding_event" (
	"tenant_id" uuid NOT NULL,
	"finding_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"type" text NOT NULL,
	"actor_type" text NOT NULL,
	"actor_id" uuid,
	"actor_label" text NOT NULL,
	"scan_id" uuid,
	"changes" jsonb NOT NULL,
	"reason" text,
	CONSTRAINT "finding_event_tenant_id_finding_id_number_pk" PRIMARY KEY("tenant_id","finding_id","number")
);
--> statement-breakpoint
CREATE TABLE "finding_setting" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"fingerprint_key" text NOT NULL,
	"sla_days" integer[] DEFAULT '{7,30,90,120}'::integer[] NOT NULL,
	"grace_days" integer DEFAULT 7 NOT NULL,
	"confirm_absent" smallint DEFAULT 1 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kev_entry" (
	"tenant_id" uuid NOT NULL,
	"cve_id" text NOT NULL,
	"added_on" date,
	"due_on" date,
	CONSTRAINT "kev_entry_tenant_id_cve_id_pk" PRIMARY KEY("tenant_id","cve_id")
);
--> statement-breakpoint
CREATE TABLE "scan" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"asset_id" uuid NOT NULL,
	"stream_id" uuid,
	"tool" text,
	"category" text DEFAULT '' NOT NULL,
	"branch" text NOT NULL,
	"is_complete" boolean DEFAULT true NOT NULL,
	"options" text,
	"status" text NOT NULL,
	"reasons" text[] DEFAULT '{}'::text[] NOT NULL,
	"tool_name" text,
	"tool_version" text,
	"targets" text[] DEFAULT '{}'::text[] NOT NULL,
	"file_name" text,
	"file_bytes" bigint NOT NULL,
	"file_sha256" text NOT NULL,
	"uploaded_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"progress" integer DEFAULT 0 NOT NULL,
	"found" integer,
	"new_count" integer,
	"reopened_count" integer,
	"changed_count" integer,
	"unchanged_count" integer,
	"fixed_count" integer,
	"held_count" integer,
	"severity_counts" integer[],
	CONSTRAINT "scan_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "scan_status_check" CHECK ("scan"."status" in ('queued', 'running', 'done', 'held', 'confirmed', 'rejected', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "scan_stream" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"asset_id" uuid NOT NULL,
	"tool" text NOT NULL,
	"category" text NOT NULL,
	"branch" text NOT NULL,
	"tool_version" text,
	"options" text,
	"targets" text[] DEFAULT '{}'::text[] NOT NULL,
	"last_scan_id" uuid,
	"last_complete_at" timestamp with time zone,
	"last_status" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "scan_stream_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "scan_stream_key" UNIQUE("tenant_id","asset_id","tool","category","branch")
);
--> statement-breakpoint
CREATE TABLE "sighting" (
	"tenant_id" uuid NOT NULL,
	"stream_id" uuid NOT NULL,
	"finding_id" uuid NOT NULL,
	"digest" text NOT NULL,
	"line" integer,
	"occurrences" jsonb NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone,
	"missed_runs" smallint DEFAULT 0 NOT NULL,
	"missed_at" timestamp with time zone,
	"missed_scan_id" uuid,
	"held_scan_id" uuid,
	"gone_at" timestamp with time zone,
	CONSTRAINT "sighting_tenant_id_stream_id_finding_id_pk" PRIMARY KEY("tenant_id","stream_id","finding_id")
);
--> statement-breakpoint
ALTER TABLE "acceptance" ADD CONSTRAINT "acceptance_finding_fk" FOREIGN KEY ("tenant_id","finding_id") REFERENCES "public"."finding"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "finding" ADD CONSTRAINT "finding_asset_fk" FOREIGN KEY ("tenant_id","asset_id") REFERENCES "public"."asset"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "finding_event" ADD CONSTRAINT "finding_event_finding_fk" FOREIGN KEY ("tenant_id","finding_id") REFERENCES "public"."finding"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "scan" ADD CONSTRAINT "scan_asset_fk" FOREIGN KEY ("tenant_id","asset_id") REFERENCES "public"."asset"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "scan_stream" ADD CONSTRAINT "scan_stream_asset_fk" FOREIGN KEY ("tenant_id","asset_id") REFERENCES "public"."asset"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sighting" ADD CONSTRAINT "sighting_stream_fk" FOREIGN KEY ("tenant_id","stream_id") REFERENCES "public"."scan_stream"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sighting" ADD CONSTRAINT "sighting_finding_fk" FOREIGN KEY ("tenant_id","finding_id") REFERENCES "public"."finding"("tenant_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "acceptance_finding_idx" ON "acceptance" USING btree ("tenant_id","finding_id");
--> statement-breakpoint
CREATE INDEX "finding_severity_idx" ON "finding" USING btree ("tenant_id","status","severity_rank","opened_at","id");
--> statement-breakpoint
CREATE INDEX "finding_due_idx" ON "finding" USING btree ("tenant_id","status","due_at","id");
--> statement-breakpoint
CREATE INDEX "finding_opened_idx" ON "finding" USING btree ("tenant_id","status","opened_at","id");
--> statement-breakpoint
CREATE INDEX "finding_asset_idx" ON "finding" USING btree ("tenant_id","asset_id","status","severity_rank","opened_at","id");
--> statement-breakpoint
CREATE INDEX "finding_package_idx" ON "finding" USING btree ("tenant_id","package","severity_rank");
--> statement-breakpoint
CREATE INDEX "finding_rule_idx" ON "finding" USING btree ("tenant_id","rule_id","severity_rank");
--> statement-breakpoint
CREATE INDEX "scan_newest_idx" ON "scan" USING btree ("tenant_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "scan_stream_idx" ON "scan" USING btree ("tenant_id","stream_id","created_at");
--> statement-breakpoint
CREATE INDEX "scan_queue_idx" ON "scan" USING btree ("tenant_id","created_at") WHERE "scan"."status" in ('queued', 'running');
--> statement-breakpoint
CREATE INDEX "sighting_finding_idx" ON "sighting" USING btree ("tenant_id","finding_id");
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['asset', 'finding_setting', 'scan_stream', 'scan', 'finding', 'sighting', 'finding_event',
    'acceptance', 'kev_entry'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    IF name <> 'finding_event' THEN
      EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
    END IF;
  END LOOP;
  EXECUTE format('CREATE POLICY tenant_delete ON public.kev_entry FOR DELETE USING (%s)', own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.asset, public.finding_setting, public.scan_stream, public.scan, public.finding, public.sighting,
  public.finding_event, public.acceptance, public.kev_entry TO app_rw;
--> statement-breakpoint
GRANT UPDATE ON public.asset, public.finding_setting, public.scan_stream, public.scan, public.finding, public.sighting,
  public.acceptance, public.kev_entry TO app_rw;
--> statement-breakpoint
GRANT DELETE ON public.kev_entry TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.asset, public.scan_stream, public.scan, public.finding, public.sighting, public.finding_event,
  public.acceptance, public.kev_entry TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, sla_days, grace_days, confirm_absent, version) ON public.finding_setting TO app_ro;
