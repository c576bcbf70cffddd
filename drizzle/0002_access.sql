-- Who may do what. Roles are made outside (db/roles.ts): their passwords never stand in SQL text.
-- Settings read here are set by db/scope.ts only: app.tenant_id, app.user_id, app.system.

-- 1. The gate's revision: no change of a key can forget to raise it.
CREATE FUNCTION public.raise_gate_revision() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.gate_revision AS g (tenant_id, revision) VALUES (NEW.tenant_id, 1)
  ON CONFLICT (tenant_id) DO UPDATE SET revision = g.revision + 1
  RETURNING g.revision INTO NEW.revision;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER api_key_revision BEFORE INSERT OR UPDATE ON public.api_key
  FOR EACH ROW EXECUTE FUNCTION public.raise_gate_revision();
--> statement-breakpoint
CREATE TRIGGER api_key_version_revision BEFORE INSERT OR UPDATE ON public.api_key_version
  FOR EACH ROW EXECUTE FUNCTION public.raise_gate_revision();
--> statement-breakpoint

-- 2. Row-level security: forced on every table, one policy for each command.
ALTER TABLE public.audit_event ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE public.audit_event FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  is_gate constant text := 'current_user = ''app_gate''';
  name text;
  readable text;
BEGIN
  FOREACH name IN ARRAY ARRAY['api_key', 'api_key_version', 'gate_revision', 'key_usage', 'rollup_watermark', 'idempotency_record'] LOOP
    readable := own_tenant;
    IF name IN ('api_key', 'api_key_version', 'gate_revision') THEN
      readable := own_tenant || ' OR ' || is_gate;
    END IF;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_select ON public.%I FOR SELECT USING (%s)', name, readable);
    EXECUTE format('CREATE POLICY tenant_insert ON public.%I FOR INSERT WITH CHECK (%s)', name, own_tenant);
    EXECUTE format('CREATE POLICY tenant_update ON public.%I FOR UPDATE USING (%s) WITH CHECK (%s)', name, own_tenant, own_tenant);
  END LOOP;
  EXECUTE format('CREATE POLICY tenant_delete ON public.idempotency_record FOR DELETE USING (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_select ON public.audit_event FOR SELECT USING (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_insert ON public.audit_event FOR INSERT WITH CHECK (%s OR %s)', own_tenant, is_gate);
END $$;
--> statement-breakpoint
DO $$
DECLARE
  in_system constant text := 'nullif(current_setting(''app.system'', true), '''') IS NOT NULL';
  own_tenant constant text := '%s = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
  own_user constant text := '%s = nullif(current_setting(''app.user_id'', true), '''')::uuid';
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tenant', 'user_account', 'user_identity', 'session', 'membership', 'invitation'] LOOP
    EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE identity.%I FORCE ROW LEVEL SECURITY', name);
  END LOOP;

  EXECUTE format('CREATE POLICY tenant_select ON identity.tenant FOR SELECT USING (%s OR %s OR EXISTS (SELECT 1 FROM identity.membership m WHERE m.tenant_id = tenant.id AND %s))',
    in_system, format(own_tenant, 'id'), format(own_user, 'm.user_id'));
  EXECUTE format('CREATE POLICY tenant_insert ON identity.tenant FOR INSERT WITH CHECK (%s)', in_system);
  EXECUTE format('CREATE POLICY tenant_update ON identity.tenant FOR UPDATE USING (%1$s OR %2$s) WITH CHECK (%1$s OR %2$s)', in_system, format(own_tenant, 'id'));

  EXECUTE format('CREATE POLICY user_select ON identity.user_account FOR SELECT USING (%s OR %s OR EXISTS (SELECT 1 FROM identity.membership m WHERE m.user_id = user_account.id AND %s))',
    in_system, format(own_user, 'id'), format(own_tenant, 'm.tenant_id'));
  EXECUTE format('CREATE POLICY user_insert ON identity.user_account FOR INSERT WITH CHECK (%s)', in_system);
  EXECUTE format('CREATE POLICY user_update ON identity.user_account FOR UPDATE USING (%1$s OR %2$s) WITH CHECK (%1$s OR %2$s)', in_system, format(own_user, 'id'));

  EXECUTE format('CREATE POLICY identity_select ON identity.user_identity FOR SELECT USING (%s OR %s OR EXISTS (SELECT 1 FROM identity.membership m WHERE m.user_id = user_identity.user_id AND %s))',
    in_system, format(own_user, 'user_id'), format(own_tenant, 'm.tenant_id'));
  EXECUTE format('CREATE POLICY identity_insert ON identity.user_identity FOR INSERT WITH CHECK (%s)', in_system);
  EXECUTE format('CREATE POLICY identity_update ON identity.user_identity FOR UPDATE USING (%1$s) WITH CHECK (%1$s)', in_system);

  EXECUTE format('CREATE POLICY session_select ON identity.session FOR SELECT USING (%s OR %s)', in_system, format(own_user, 'user_id'));
  EXECUTE format('CREATE POLICY session_insert ON identity.session FOR INSERT WITH CHECK (%s)', in_system);
  EXECUTE format('CREATE POLICY session_update ON identity.session FOR UPDATE USING (%1$s OR %2$s) WITH CHECK (%1$s OR %2$s)', in_system, format(own_user, 'user_id'));

  EXECUTE format('CREATE POLICY membership_select ON identity.membership FOR SELECT USING (%s OR %s OR %s)',
    in_system, format(own_tenant, 'tenant_id'), format(own_user, 'user_id'));
  EXECUTE format('CREATE POLICY membership_insert ON identity.membership FOR INSERT WITH CHECK (%s OR %s)', in_system, format(own_tenant, 'tenant_id'));
  EXECUTE format('CREATE POLICY membership_update ON identity.membership FOR UPDATE USING (%1$s OR %2$s) WITH CHECK (%1$s OR %2$s)', in_system, format(own_tenant, 'tenant_id'));

  EXECUTE format('CREATE POLICY invitation_select ON identity.invitation FOR SELECT USING (%s OR %s)', in_system, format(own_tenant, 'tenant_id'));
  EXECUTE format('CREATE POLICY invitation_insert ON identity.invitation FOR INSERT WITH CHECK (%s OR %s)', in_system, format(own_tenant, 'tenant_id'));
  EXECUTE format('CREATE POLICY invitation_update ON identity.invitation FOR UPDATE USING (%1$s OR %2$s) WITH CHECK (%1$s OR %2$s)', in_system, format(own_tenant, 'tenant_id'));
END $$;
--> statement-breakpoint

-- 3. Grants. Nobody deletes, but for answers kept for idempotency; nobody truncates.
REVOKE ALL ON ALL TABLES IN SCHEMA public, identity FROM PUBLIC;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION public.ensure_audit_partitions(integer), public.close_audit_child(text) FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public, identity, drizzle TO app_rw, app_ro;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public, drizzle TO app_gate;
--> statement-breakpoint
GRANT SELECT ON drizzle.__drizzle_migrations TO app_rw, app_ro, app_gate;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON identity.tenant, identity.user_account, identity.user_identity, identity.session,
  identity.membership, identity.invitation TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON public.api_key, public.api_key_version, public.gate_revision, public.key_usage,
  public.rollup_watermark TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON public.idempotency_record TO app_rw;
--> statement-breakpoint
GRANT SELECT, INSERT ON public.audit_event TO app_rw;
--> statement-breakpoint
GRANT SELECT ON identity.tenant, identity.user_account, identity.user_identity, identity.membership, identity.invitation TO app_ro;
--> statement-breakpoint
GRANT SELECT (id, user_id, tenant_id, provider, ip, user_agent, created_at, last_seen_at, expires_at, revoked_at, revoked_reason)
  ON identity.session TO app_ro;
--> statement-breakpoint
GRANT SELECT ON public.api_key, public.gate_revision, public.key_usage, public.rollup_watermark, public.audit_event TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, key_id, number, public_id, last4, state, predecessor_grace_seconds, reason, created_by, created_at,
  activated_at, grace_until, ended_at, revoked_reason, state_before_revoke, revision) ON public.api_key_version TO app_ro;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, name, environment, owner_user_id, scopes, allowed_cidrs, rate_limits, expires_at, disabled_at,
  revoked_at, revoked_reason, revision) ON public.api_key TO app_gate;
--> statement-breakpoint
GRANT SELECT (tenant_id, id, key_id, number, public_id, digest, pepper_id, state, activated_at, grace_until, ended_at,
  revoked_reason, revision) ON public.api_key_version TO app_gate;
--> statement-breakpoint
GRANT SELECT ON public.gate_revision TO app_gate;
--> statement-breakpoint
GRANT INSERT ON public.audit_event TO app_gate;
--> statement-breakpoint

-- 4. The home tenant.
SELECT set_config('app.system', 'migration: seed the home tenant', true);
--> statement-breakpoint
INSERT INTO identity.tenant (id, slug, name) VALUES ('01930000-0000-7000-8000-000000000001', 'default', 'Default');
--> statement-breakpoint
SELECT set_config('app.tenant_id', '01930000-0000-7000-8000-000000000001', true);
--> statement-breakpoint
INSERT INTO public.gate_revision (tenant_id, revision) VALUES ('01930000-0000-7000-8000-000000000001', 0);
--> statement-breakpoint
SELECT set_config('app.system', '', true), set_config('app.tenant_id', '', true);
