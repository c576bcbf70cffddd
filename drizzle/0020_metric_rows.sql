-- The rows behind the numbers of a month that only now can tell: exploited findings and keys (docs/metrics.md).
CREATE TABLE "metric_snapshot_row" (
	"tenant_id" uuid NOT NULL,
	"metric" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"since" date NOT NULL,
	"until" date DEFAULT 'infinity' NOT NULL,
	"version_id" uuid,
	"at" timestamp with time zone NOT NULL,
	"marks" text[] NOT NULL,
	CONSTRAINT "metric_snapshot_row_pk" PRIMARY KEY("tenant_id","metric","subject_id","since"),
	CONSTRAINT "metric_snapshot_row_metric_check" CHECK ("metric_snapshot_row"."metric" in ('exploited', 'keys'))
);
--> statement-breakpoint
CREATE INDEX "metric_snapshot_row_until_idx" ON "metric_snapshot_row" USING btree ("tenant_id","metric","until","subject_id");
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
BEGIN
  ALTER TABLE public.metric_snapshot_row ENABLE ROW LEVEL SECURITY;
  ALTER TABLE public.metric_snapshot_row FORCE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY tenant_select ON public.metric_snapshot_row FOR SELECT USING (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_insert ON public.metric_snapshot_row FOR INSERT WITH CHECK (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_update ON public.metric_snapshot_row FOR UPDATE USING (%s) WITH CHECK (%s)', own_tenant, own_tenant);
  EXECUTE format('CREATE POLICY tenant_delete ON public.metric_snapshot_row FOR DELETE USING (%s)', own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON public.metric_snapshot_row TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.metric_snapshot_row TO app_ro;
