CREATE SCHEMA "identity";
--> statement-breakpoint
CREATE TABLE "identity"."invitation" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"provider" text NOT NULL,
	"matcher" text NOT NULL,
	"value" text NOT NULL,
	"role" text NOT NULL,
	"invited_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"accepted_at" timestamp with time zone,
	"accepted_by" uuid,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "invitation_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "invitation_role_check" CHECK ("identity"."invitation"."role" in ('operator', 'analyst', 'auditor')),
	CONSTRAINT "invitation_matcher_check" CHECK ("identity"."invitation"."matcher" in ('email', 'handle'))
);
--> statement-breakpoint
CREATE TABLE "identity"."membership" (
	"tenant_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"disabled_at" timestamp with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "membership_tenant_id_user_id_pk" PRIMARY KEY("tenant_id","user_id"),
	CONSTRAINT "membership_role_check" CHECK ("identity"."membership"."role" in ('operator', 'analyst', 'auditor'))
);
--> statement-breakpoint
CREATE TABLE "identity"."session" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token_digest" text NOT NULL,
	"user_id" uuid NOT NULL,
	"tenant_id" uuid,
	"provider" text NOT NULL,
	"ip" "inet",
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"revoked_reason" text,
	CONSTRAINT "session_token_digest_key" UNIQUE("token_digest")
);
--> statement-breakpoint
CREATE TABLE "identity"."tenant" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_slug_key" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "identity"."user_account" (
	"id" uuid PRIMARY KEY NOT NULL,
	"display_name" text NOT NULL,
	"email" text,
	"disabled_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_sign_in_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "identity"."user_identity" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"handle" text,
	"email" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_identity_issuer_subject_key" UNIQUE("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "api_key" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"environment" text NOT NULL,
	"owner_user_id" uuid,
	"scopes" text[] NOT NULL,
	"allowed_cidrs" text[] DEFAULT '{}'::text[] NOT NULL,
	"rate_limits" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"expires_at" timestamp with time zone,
	"disabled_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"revoked_reason" text,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"revision" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "api_key_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "api_key_environment_check" CHECK ("api_key"."environment" in ('live', 'test'))
);
--> statement-breakpoint
CREATE TABLE "api_key_version" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"public_id" text NOT NULL,
	"digest" text NOT NULL,
	"pepper_id" text NOT NULL,
	"last4" text NOT NULL,
	"state" text NOT NULL,
	"predecessor_grace_seconds" integer DEFAULT 0 NOT NULL,
	"reason" text,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"activated_at" timestamp with time zone,
	"grace_until" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"revoked_reason" text,
	"state_before_revoke" text,
	"revision" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "api_key_version_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "api_key_version_number_key" UNIQUE("tenant_id","key_id","number"),
	CONSTRAINT "api_key_version_public_id_key" UNIQUE("tenant_id","public_id"),
	CONSTRAINT "api_key_version_state_check" CHECK ("api_key_version"."state" in ('pending', 'current', 'grace', 'retired', 'revoked'))
);
--> statement-breakpoint
CREATE TABLE "gate_revision" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "key_usage" (
	"tenant_id" uuid NOT NULL,
	"key_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"allowed" bigint DEFAULT 0 NOT NULL,
	"refused" bigint DEFAULT 0 NOT NULL,
	"last_used_at" timestamp with time zone,
	"last_used_ip" "inet",
	CONSTRAINT "key_usage_tenant_id_key_id_version_id_hour_pk" PRIMARY KEY("tenant_id","key_id","version_id","hour")
);
--> statement-breakpoint
CREATE TABLE "rollup_watermark" (
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	CONSTRAINT "rollup_watermark_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "idempotency_record" (
	"tenant_id" uuid NOT NULL,
	"caller" text NOT NULL,
	"key" text NOT NULL,
	"route" text NOT NULL,
	"input_digest" text NOT NULL,
	"status" integer NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_record_tenant_id_caller_key_pk" PRIMARY KEY("tenant_id","caller","key")
);
--> statement-breakpoint
ALTER TABLE "identity"."invitation" ADD CONSTRAINT "invitation_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "identity"."tenant"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."membership" ADD CONSTRAINT "membership_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "identity"."tenant"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."membership" ADD CONSTRAINT "membership_user_id_user_account_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."user_account"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."session" ADD CONSTRAINT "session_user_id_user_account_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."user_account"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."session" ADD CONSTRAINT "session_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "identity"."tenant"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."user_identity" ADD CONSTRAINT "user_identity_user_id_user_account_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."user_account"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_version" ADD CONSTRAINT "api_key_version_tenant_id_key_id_api_key_tenant_id_id_fk" FOREIGN KEY ("tenant_id","key_id") REFERENCES "public"."api_key"("tenant_id","id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "key_usage" ADD CONSTRAINT "key_usage_tenant_id_key_id_api_key_tenant_id_id_fk" FOREIGN KEY ("tenant_id","key_id") REFERENCES "public"."api_key"("tenant_id","id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invitation_match_idx" ON "identity"."invitation" USING btree ("provider","matcher","value");--> statement-breakpoint
CREATE INDEX "membership_user_idx" ON "identity"."membership" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_user_idx" ON "identity"."session" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "user_identity_user_idx" ON "identity"."user_identity" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "api_key_created_idx" ON "api_key" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "api_key_revision_idx" ON "api_key" USING btree ("tenant_id","revision");--> statement-breakpoint
CREATE INDEX "api_key_version_public_id_idx" ON "api_key_version" USING btree ("public_id");--> statement-breakpoint
CREATE INDEX "api_key_version_revision_idx" ON "api_key_version" USING btree ("tenant_id","revision");--> statement-breakpoint
CREATE UNIQUE INDEX "api_key_version_one_pending" ON "api_key_version" USING btree ("tenant_id","key_id") WHERE "api_key_version"."state" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "api_key_version_one_current" ON "api_key_version" USING btree ("tenant_id","key_id") WHERE "api_key_version"."state" = 'current';--> statement-breakpoint
CREATE UNIQUE INDEX "api_key_version_one_grace" ON "api_key_version" USING btree ("tenant_id","key_id") WHERE "api_key_version"."state" = 'grace';