-- Questions to the list of findings that people keep under a name (docs/findings.md).
CREATE TABLE "finding_view" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"owner_user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"filter" text DEFAULT '' NOT NULL,
	"sort" text,
	"grouped_by" text,
	"is_shared" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "finding_view_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "finding_view_shared_key" ON "finding_view" USING btree ("tenant_id","name") WHERE "finding_view"."is_shared" and "finding_view"."deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "finding_view_own_key" ON "finding_view" USING btree ("tenant_id","owner_user_id","name") WHERE not "finding_view"."is_shared" and "finding_view"."deleted_at" is null;
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
BEGIN
  ALTER TABLE public.finding_view ENABLE ROW LEVEL SECURITY;
  ALTER TABLE public.finding_view FORCE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY tenant_select ON public.finding_view FOR SELECT USING (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_insert ON public.finding_view FOR INSERT WITH CHECK (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_update ON public.finding_view FOR UPDATE USING (%s) WITH CHECK (%s)', own_tenant, own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.finding_view TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.finding_view TO app_ro;
