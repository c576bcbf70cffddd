-- The inventory of secrets (docs/secrets.md): where they lie, how old they are, who reads them. No column holds a value.
CREATE TABLE "secret" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"backend_id" uuid NOT NULL,
	"path" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"exposure" text NOT NULL,
	"model" text NOT NULL,
	"owner_user_id" uuid,
	"owner_label" text,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"note" text,
	"interval_days" integer NOT NULL,
	"interval_from" text NOT NULL,
	"version_label" text,
	"version_count" integer,
	"rotated_at" timestamp with time zone,
	"rotated_from" text,
	"used_at" timestamp with time zone,
	"is_use_known" boolean DEFAULT false NOT NULL,
	"due_at" timestamp with time zone,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"missing_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"recoverable_until" timestamp with time zone,
	"is_destroyed" boolean DEFAULT false NOT NULL,
	"stuck_since" timestamp with time zone,
	"stuck_reason" text,
	"fingerprint" text,
	"length_class" text,
	"why" text,
	"line" integer,
	"finding_id" uuid,
	"rotation_state" text,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "secret_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "secret_key" UNIQUE("tenant_id","backend_id","path"),
	CONSTRAINT "secret_kind_check" CHECK ("secret"."kind" in ('value', 'database_login', 'database_dynamic', 'variable', 'file', 'leak', 'own')),
	CONSTRAINT "secret_exposure_check" CHECK ("secret"."exposure" in ('backend', 'file', 'plain', 'repository')),
	CONSTRAINT "secret_model_check" CHECK ("secret"."model" in ('single', 'dual', 'static_role', 'dynamic')),
	CONSTRAINT "secret_interval_check" CHECK ("secret"."interval_days" between 1 and 3650),
	CONSTRAINT "secret_fingerprint_check" CHECK ("secret"."fingerprint" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "secret_rotation_state_check" CHECK ("secret"."rotation_state" in ('open', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "secret_backend" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"product" text,
	"problem_code" text,
	"problem" text,
	"problem_since" timestamp with time zone,
	"attempted_at" timestamp with time zone,
	"read_at" timestamp with time zone,
	"unread_paths" text[] DEFAULT '{}'::text[] NOT NULL,
	"proof" text,
	"proof_detail" text,
	"proof_paths" integer DEFAULT 0 NOT NULL,
	"proved_at" timestamp with time zone,
	"clock_skew_ms" integer,
	"credential_digest" text,
	"credential_used_at" timestamp with time zone,
	"reference_count" integer DEFAULT 0 NOT NULL,
	"read_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "secret_backend_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "secret_backend_key" UNIQUE("tenant_id","kind","name"),
	CONSTRAINT "secret_backend_kind_check" CHECK ("secret_backend"."kind" in ('vault', 'openbao', 'aws', 'compose', 'docker', 'kubernetes', 'process', 'repository', 'bulwark')),
	CONSTRAINT "secret_backend_proof_check" CHECK ("secret_backend"."proof" in ('denied', 'readable', 'unknown'))
);
--> statement-breakpoint
CREATE TABLE "secret_consumer" (
	"tenant_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"secret_id" uuid NOT NULL,
	"name" text NOT NULL,
	"source" text NOT NULL,
	"key_id" uuid,
	"seen_version" text,
	"seen_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	CONSTRAINT "secret_consumer_tenant_id_id_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "secret_consumer_source_check" CHECK ("secret_consumer"."source" in ('scan', 'backend', 'person', 'seen'))
);
--> statement-breakpoint
CREATE TABLE "process_secret" (
	"tenant_id" uuid NOT NULL,
	"process" text NOT NULL,
	"instance" text NOT NULL,
	"setting" text NOT NULL,
	"version_label" text NOT NULL,
	"source" text NOT NULL,
	"path" text,
	"is_readable_by_others" boolean DEFAULT false NOT NULL,
	"loaded_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "process_secret_tenant_id_process_instance_setting_pk" PRIMARY KEY("tenant_id","process","instance","setting"),
	CONSTRAINT "process_secret_source_check" CHECK ("process_secret"."source" in ('file', 'environment'))
);
--> statement-breakpoint
CREATE TABLE "secret_setting" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"fingerprint_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "secret" ADD CONSTRAINT "secret_backend_fk" FOREIGN KEY ("tenant_id","backend_id") REFERENCES "public"."secret_backend"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secret_consumer" ADD CONSTRAINT "secret_consumer_secret_fk" FOREIGN KEY ("tenant_id","secret_id") REFERENCES "public"."secret"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "secret_due_idx" ON "secret" USING btree ("tenant_id","due_at");--> statement-breakpoint
CREATE INDEX "secret_fingerprint_idx" ON "secret" USING btree ("tenant_id","fingerprint") WHERE "secret"."fingerprint" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "secret_consumer_name_key" ON "secret_consumer" USING btree ("tenant_id","secret_id","name") WHERE "secret_consumer"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "secret_consumer_key_idx" ON "secret_consumer" USING btree ("tenant_id","key_id") WHERE "secret_consumer"."key_id" is not null;
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['secret_backend', 'secret', 'secret_consumer', 'secret_setting', 'process_secret'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['secret_backend', 'secret', 'secret_consumer', 'process_secret'] LOOP
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
  END LOOP;
  EXECUTE format('CREATE POLICY tenant_delete ON public.process_secret FOR DELETE USING (%s)', own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.secret_backend, public.secret, public.secret_consumer, public.process_secret TO app_rw;
--> statement-breakpoint
GRANT DELETE ON public.process_secret TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.secret_setting TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.secret_backend, public.secret, public.secret_consumer, public.process_secret TO app_ro;
