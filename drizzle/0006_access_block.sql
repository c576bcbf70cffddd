CREATE TABLE "access_block" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"reason" text NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"lifted_at" timestamp with time zone,
	"lifted_by" uuid,
	"revision" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "access_block_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "access_block_kind_check" CHECK ("access_block"."kind" in ('ip', 'key', 'owner', 'user', 'session', 'user_agent', 'route')),
	CONSTRAINT "access_block_value_check" CHECK (length("access_block"."value") between 1 and 300)
);
--> statement-breakpoint
CREATE INDEX "access_block_created_idx" ON "access_block" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "access_block_revision_idx" ON "access_block" USING btree ("tenant_id","revision");--> statement-breakpoint
CREATE INDEX "access_block_active_idx" ON "access_block" USING btree ("tenant_id","kind","value") WHERE "access_block"."lifted_at" is null;
--> statement-breakpoint
-- A block is decided on like a key: the trigger of drizzle/0002 raises the tenant's revision with every change.
CREATE TRIGGER access_block_revision BEFORE INSERT OR UPDATE ON public.access_block
  FOR EACH ROW EXECUTE FUNCTION public.raise_gate_revision();
--> statement-breakpoint
-- An address block whose value is no network would make the gate forget a block it was told of: refused here as well.
ALTER TABLE public.access_block ADD CONSTRAINT access_block_network_check
  CHECK (CASE WHEN kind = 'ip' THEN value::cidr IS NOT NULL ELSE true END);
--> statement-breakpoint
ALTER TABLE public.access_block ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.access_block FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant_select ON public.access_block FOR SELECT
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid OR current_user = 'app_gate');
--> statement-breakpoint
CREATE POLICY tenant_insert ON public.access_block FOR INSERT
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
--> statement-breakpoint
CREATE POLICY tenant_update ON public.access_block FOR UPDATE
  USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
--> statement-breakpoint
-- What is blocked, why and until when never changes: a block is lifted, or restored, and another one is made.
GRANT SELECT, INSERT, UPDATE (lifted_at, lifted_by) ON public.access_block TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.access_block TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, kind, value, reason, expires_at, lifted_at, revision) ON public.access_block TO app_gate;
