-- Automatic rotation: the tenant's policy, what single keys do otherwise, and every rotation that was begun.
ALTER TABLE identity.tenant ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC'
  CONSTRAINT tenant_time_zone_check CHECK (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$');
--> statement-breakpoint
CREATE TABLE public.rotation_policy (
  tenant_id uuid PRIMARY KEY,
  rules jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1,
  updated_at timestamp with time zone NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE public.key_rotation_setting (
  tenant_id uuid NOT NULL,
  key_id uuid NOT NULL,
  is_off boolean NOT NULL DEFAULT false,
  override jsonb NOT NULL DEFAULT '{}'::jsonb,
  public_key jsonb,
  file_name text,
  version integer NOT NULL DEFAULT 1,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT key_rotation_setting_tenant_id_key_id_pk PRIMARY KEY (tenant_id, key_id),
  CONSTRAINT key_rotation_setting_key_fk FOREIGN KEY (tenant_id, key_id)
    REFERENCES public.api_key (tenant_id, id) ON DELETE RESTRICT
);
--> statement-breakpoint
CREATE TABLE public.key_rotation (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  key_id uuid NOT NULL,
  owner_user_id uuid,
  cause text NOT NULL,
  state text NOT NULL,
  due_at timestamp with time zone NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  delivery text NOT NULL,
  grace_seconds integer NOT NULL,
  on_unused text NOT NULL,
  deadline_at timestamp with time zone NOT NULL,
  version_id uuid,
  fetches integer NOT NULL DEFAULT 0,
  delivered_at timestamp with time zone,
  escalated_at timestamp with time zone,
  first_used_at timestamp with time zone,
  closed_at timestamp with time zone,
  close_reason text,
  ciphertext text,
  problem text,
  CONSTRAINT key_rotation_tenant_id_id_pk PRIMARY KEY (tenant_id, id),
  CONSTRAINT key_rotation_key_fk FOREIGN KEY (tenant_id, key_id)
    REFERENCES public.api_key (tenant_id, id) ON DELETE RESTRICT,
  CONSTRAINT key_rotation_version_fk FOREIGN KEY (tenant_id, version_id)
    REFERENCES public.api_key_version (tenant_id, id) ON DELETE RESTRICT,
  CONSTRAINT key_rotation_state_check CHECK (state IN ('open', 'delivered', 'done', 'cancelled', 'expired'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX key_rotation_one_open ON public.key_rotation (tenant_id, key_id) WHERE state IN ('open', 'delivered');
--> statement-breakpoint
CREATE INDEX key_rotation_key_idx ON public.key_rotation (tenant_id, key_id, opened_at);
--> statement-breakpoint
CREATE INDEX key_rotation_owner_idx ON public.key_rotation (tenant_id, owner_user_id, opened_at);
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['rotation_policy', 'key_rotation_setting', 'key_rotation'] LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.%I TO app_rw', name);
    EXECUTE format('GRANT SELECT ON public.%I TO app_ro', name);
  END LOOP;
END $$;
