-- Notifications: an outbox, a person's inbox, channels with sealed secrets, and a log of deliveries that only grows.
CREATE TABLE "notification" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"severity" text NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" text,
	"subject_label" text NOT NULL,
	"owner_user_id" uuid,
	"dedupe_key" text NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"dispatched_at" timestamp with time zone,
	"muted_by" uuid,
	CONSTRAINT "notification_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "notification_dedupe_key" UNIQUE("tenant_id","dedupe_key"),
	CONSTRAINT "notification_severity_check" CHECK ("notification"."severity" in ('info', 'warning', 'critical'))
);
--> statement-breakpoint
CREATE TABLE "notification_attempt" (
	"tenant_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"outcome" text NOT NULL,
	"status" integer,
	"request" text NOT NULL,
	"response" text NOT NULL,
	"error" text,
	"retry_at" timestamp with time zone,
	CONSTRAINT "notification_attempt_tenant_id_delivery_id_number_pk" PRIMARY KEY("tenant_id","delivery_id","number"),
	CONSTRAINT "notification_attempt_outcome_check" CHECK ("notification_attempt"."outcome" in ('succeeded', 'retry', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "notification_channel" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"address" text DEFAULT '' NOT NULL,
	"recipients" text[] DEFAULT '{}'::text[] NOT NULL,
	"to_owner" boolean DEFAULT false NOT NULL,
	"secret_sealed" text,
	"previous_secret_sealed" text,
	"previous_secret_until" timestamp with time zone,
	"disabled_at" timestamp with time zone,
	"disabled_reason" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp with time zone,
	"paused_until" timestamp with time zone,
	"last_success_at" timestamp with time zone,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "notification_channel_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "notification_channel_name_key" UNIQUE("tenant_id","name"),
	CONSTRAINT "notification_channel_kind_check" CHECK ("notification_channel"."kind" in ('email', 'slack', 'webhook'))
);
--> statement-breakpoint
CREATE TABLE "notification_delivery" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"type" text DEFAULT '' NOT NULL,
	"severity" text NOT NULL,
	"recipient" text DEFAULT '' NOT NULL,
	"digest_on" date,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"last_status" integer,
	"last_error" text,
	"redelivery_of" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "notification_delivery_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "notification_delivery_kind_check" CHECK ("notification_delivery"."kind" in ('event', 'digest', 'test')),
	CONSTRAINT "notification_delivery_state_check" CHECK ("notification_delivery"."state" in ('pending', 'sending', 'succeeded', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "notification_delivery_item" (
	"tenant_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"notification_id" uuid NOT NULL,
	CONSTRAINT "notification_delivery_item_pk" PRIMARY KEY("tenant_id","delivery_id","notification_id")
);
--> statement-breakpoint
CREATE TABLE "notification_inbox" (
	"tenant_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"notification_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"read_at" timestamp with time zone,
	CONSTRAINT "notification_inbox_tenant_id_user_id_notification_id_pk" PRIMARY KEY("tenant_id","user_id","notification_id")
);
--> statement-breakpoint
CREATE TABLE "notification_mute" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"type" text,
	"subject_id" text,
	"subject_label" text,
	"reason" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "notification_mute_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "notification_mute_scope_check" CHECK ("notification_mute"."type" is not null or "notification_mute"."subject_id" is not null)
);
--> statement-breakpoint
CREATE TABLE "notification_policy" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"time_zone" text NOT NULL,
	"quiet_from" text,
	"quiet_to" text,
	"digest_at" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_route" (
	"tenant_id" uuid NOT NULL,
	"type" text NOT NULL,
	"channel_id" uuid NOT NULL,
	"mode" text NOT NULL,
	CONSTRAINT "notification_route_tenant_id_type_channel_id_pk" PRIMARY KEY("tenant_id","type","channel_id"),
	CONSTRAINT "notification_route_mode_check" CHECK ("notification_route"."mode" in ('now', 'digest', 'off'))
);
--> statement-breakpoint
ALTER TABLE "notification_attempt" ADD CONSTRAINT "notification_attempt_delivery_id_fk" FOREIGN KEY ("tenant_id","delivery_id") REFERENCES "public"."notification_delivery"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_delivery" ADD CONSTRAINT "notification_delivery_channel_id_fk" FOREIGN KEY ("tenant_id","channel_id") REFERENCES "public"."notification_channel"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_delivery_item" ADD CONSTRAINT "notification_delivery_item_delivery_id_fk" FOREIGN KEY ("tenant_id","delivery_id") REFERENCES "public"."notification_delivery"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_delivery_item" ADD CONSTRAINT "notification_delivery_item_notification_id_fk" FOREIGN KEY ("tenant_id","notification_id") REFERENCES "public"."notification"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_inbox" ADD CONSTRAINT "notification_inbox_notification_id_fk" FOREIGN KEY ("tenant_id","notification_id") REFERENCES "public"."notification"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "notification_route" ADD CONSTRAINT "notification_route_channel_id_fk" FOREIGN KEY ("tenant_id","channel_id") REFERENCES "public"."notification_channel"("tenant_id","id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "notification_undispatched_idx" ON "notification" USING btree ("tenant_id","created_at") WHERE "notification"."dispatched_at" is null;
--> statement-breakpoint
CREATE INDEX "notification_delivery_newest_idx" ON "notification_delivery" USING btree ("tenant_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "notification_delivery_due_idx" ON "notification_delivery" USING btree ("tenant_id","channel_id","next_attempt_at") WHERE "notification_delivery"."state" in ('pending', 'sending');
--> statement-breakpoint
CREATE UNIQUE INDEX "notification_delivery_digest_key" ON "notification_delivery" USING btree ("tenant_id","channel_id","recipient","digest_on") WHERE "notification_delivery"."kind" = 'digest' and "notification_delivery"."redelivery_of" is null;
--> statement-breakpoint
CREATE INDEX "notification_inbox_newest_idx" ON "notification_inbox" USING btree ("tenant_id","user_id","created_at","notification_id");
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  -- A person's transaction sees that person's inbox only; the worker, who fills it, has no app.user_id.
  own_inbox constant text := own_tenant || ' AND coalesce(user_id = nullif(current_setting(''app.user_id'', true), '''')::uuid, true)';
  name text;
  own text;
BEGIN
  FOREACH name IN ARRAY ARRAY['notification', 'notification_inbox', 'notification_channel', 'notification_policy',
    'notification_route', 'notification_mute', 'notification_delivery', 'notification_delivery_item', 'notification_attempt'] LOOP
    own := CASE name WHEN 'notification_inbox' THEN own_inbox ELSE own_tenant END;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    IF name NOT IN ('notification_delivery_item', 'notification_attempt') THEN
      EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own, own);
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.notification, public.notification_inbox, public.notification_channel, public.notification_policy,
  public.notification_route, public.notification_mute, public.notification_delivery, public.notification_delivery_item,
  public.notification_attempt TO app_rw;
--> statement-breakpoint
GRANT UPDATE ON public.notification_channel, public.notification_policy, public.notification_route, public.notification_delivery TO app_rw;
--> statement-breakpoint
GRANT UPDATE (dispatched_at, muted_by) ON public.notification TO app_rw;
--> statement-breakpoint
GRANT UPDATE (read_at) ON public.notification_inbox TO app_rw;
--> statement-breakpoint
GRANT UPDATE (ended_at) ON public.notification_mute TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.notification, public.notification_inbox, public.notification_policy, public.notification_route,
  public.notification_mute, public.notification_delivery, public.notification_delivery_item, public.notification_attempt TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, kind, name, address, recipients, to_owner, previous_secret_until, disabled_at, disabled_reason,
  failures, failing_since, paused_until, last_success_at, created_by, created_at, version) ON public.notification_channel TO app_ro;
