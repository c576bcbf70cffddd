-- Every row is a way around tenant isolation that nobody should open unnoticed; none may be returned.
-- Read by "bulwark doctor" and by db/rls.db.test.ts. Needs a role that may read the catalogs, nothing more.
-- Tables of the schema identity are the registry of people and tenants: they refer to each other, and are unique,
-- across tenants by design; their policies name the scopes that may see across. The journal of the migrations
-- (schema drizzle) holds no tenant data.
with relation as (
  select c.oid, c.relkind, c.relname, c.relowner, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
    n.nspname as schema, n.nspname || '.' || c.relname as name,
    exists (select 1 from pg_inherits i where i.inhrelid = c.oid) as is_child
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'identity')
),
tenant_table as (
  select * from relation where relkind in ('r', 'p')
),
app_role as (
  select oid, rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
  from pg_roles where rolname in ('app_rw', 'app_ro', 'app_gate', 'bulwark_migrator')
),
finding (problem, object) as (
  select 'row-level security is not forced', name from tenant_table where not (relrowsecurity and relforcerowsecurity)
  union all
  select 'row-level security without a policy refuses everybody', t.name from tenant_table t
  where not exists (select 1 from pg_policy p where p.polrelid = t.oid)
  union all
  select 'two permissive policies for one command are joined by OR', t.name || ' ' || p.polcmd::text
  from tenant_table t join pg_policy p on p.polrelid = t.oid and p.polpermissive
  group by t.name, p.polcmd having count(*) > 1
  union all
  select 'a policy for all commands stands beside one for a single command', t.name
  from tenant_table t join pg_policy p on p.polrelid = t.oid and p.polpermissive
  group by t.name having bool_or(p.polcmd = '*') and count(*) > 1
  union all
  select 'a policy that lets rows in lacks WITH CHECK', t.name || ' ' || p.polname
  from tenant_table t join pg_policy p on p.polrelid = t.oid
  where p.polcmd in ('a', 'w', '*') and p.polwithcheck is null
  union all
  select 'a policy is always true', t.name || ' ' || p.polname
  from tenant_table t join pg_policy p on p.polrelid = t.oid
  where pg_get_expr(p.polqual, p.polrelid) = 'true' or pg_get_expr(p.polwithcheck, p.polrelid) = 'true'
  union all
  select 'the column tenant_id is missing or may be null', t.name from tenant_table t
  where t.schema = 'public' and not exists (
    select 1 from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull and not a.attisdropped)
  union all
  select 'a view runs with the rights of its owner', name from relation
  where relkind = 'v' and not coalesce(reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
  union all
  select 'a materialized view ignores row-level security', name from relation where relkind = 'm'
  union all
  select 'a function runs with the rights of its owner', p.oid::regprocedure::text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('public', 'identity', 'drizzle') and p.prosecdef
    -- Makes partitions: it takes nothing, returns a number, and names every table with its schema.
    and not (p.oid = to_regprocedure('public.keep_audit_partitions()') and 'search_path=pg_catalog, pg_temp' = any(p.proconfig))
  union all
  select 'a function claims to be leakproof', p.oid::regprocedure::text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('public', 'identity', 'drizzle') and p.proleakproof
  union all
  select 'a key of ' || case co.contype when 'f' then 'another table' else 'uniqueness' end || ' leaves out tenant_id',
    t.name || ' ' || co.conname
  from tenant_table t join pg_constraint co on co.conrelid = t.oid and co.contype in ('f', 'u', 'p')
  where t.schema = 'public' and not exists (
    select 1 from unnest(co.conkey) k join pg_attribute a on a.attrelid = co.conrelid and a.attnum = k
    where a.attname = 'tenant_id')
  union all
  select 'a role has more than it needs', rolname from app_role
  where rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
  union all
  select 'an application role is a member of another role', r.rolname || ' in ' || m.roleid::regrole::text
  from app_role r join pg_auth_members m on m.member = r.oid
  union all
  select 'an application role owns an object', t.name || ' by ' || r.rolname
  from relation t join app_role r on r.oid = t.relowner and r.rolname like 'app%'
  union all
  select 'a grant goes beyond reading and writing rows', t.name || ' ' || g.privilege_type || ' to ' || coalesce(r.rolname, 'PUBLIC')
  from tenant_table t
  cross join lateral aclexplode((select c.relacl from pg_class c where c.oid = t.oid)) g
  left join pg_roles r on r.oid = g.grantee
  where (r.oid is null or r.rolname like 'app%')
    and (g.privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN') or g.is_grantable or r.oid is null)
  union all
  select 'the record can be changed', t.name || ' ' || g.privilege_type || ' to ' || r.rolname
  from tenant_table t
  cross join lateral aclexplode((select c.relacl from pg_class c where c.oid = t.oid)) g
  join pg_roles r on r.oid = g.grantee and r.rolname like 'app%'
  where t.relname like 'audit_event%' and (g.privilege_type in ('UPDATE', 'DELETE') or (t.is_child and g.privilege_type <> 'MAINTAIN'))
  union all
  select 'an application role may create objects', n.nspname || ' ' || r.rolname
  from pg_namespace n cross join app_role r
  where n.nspname in ('public', 'identity', 'drizzle') and r.rolname like 'app%' and has_schema_privilege(r.oid, n.oid, 'CREATE')
  union all
  select 'a sequence tells an application role how much there is', t.name || ' ' || r.rolname
  from relation t cross join app_role r
  where t.relkind = 'S' and r.rolname like 'app%' and has_sequence_privilege(r.oid, t.oid, 'SELECT')
)
select problem, object from finding order by problem, object;
