-- How many findings there are of each kind, for facets and groups: counting a million rows takes a second. Each statement
-- on `finding` appends what it changes, so writers never wait for each other; the worker adds the rows up again now and
-- then (lib/findings/compact-tally.ts). The sum of `change` is exact at any time.
CREATE TABLE public.finding_tally (
  tenant_id uuid NOT NULL,
  asset_id uuid NOT NULL,
  tool text NOT NULL,
  kind text NOT NULL,
  severity text NOT NULL,
  severity_rank smallint NOT NULL,
  status text NOT NULL,
  is_kev boolean NOT NULL,
  owner_user_id uuid,
  change integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX finding_tally_tenant_idx ON public.finding_tally (tenant_id);
--> statement-breakpoint
CREATE FUNCTION public.tally_new_findings() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  INSERT INTO public.finding_tally (tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, change)
  SELECT tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, count(*)
  FROM after_rows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION public.tally_changed_findings() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  INSERT INTO public.finding_tally (tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, change)
  SELECT tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, sum(change)
  FROM (
    SELECT tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, 1 AS change FROM after_rows
    UNION ALL
    SELECT tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, -1 FROM before_rows
  ) moved
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(change) <> 0;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tally_new AFTER INSERT ON public.finding REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION public.tally_new_findings();
--> statement-breakpoint
CREATE TRIGGER tally_changed AFTER UPDATE ON public.finding REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION public.tally_changed_findings();
--> statement-breakpoint
-- The owner of the table sees every tenant's rows for this one statement.
ALTER TABLE public.finding NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
INSERT INTO public.finding_tally (tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, change)
SELECT tenant_id, asset_id, tool, kind, severity, severity_rank, status, is_kev, owner_user_id, count(*)
FROM public.finding GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
--> statement-breakpoint
ALTER TABLE public.finding FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
DO $$
DECLARE
  own_tenant constant text := 'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
BEGIN
  ALTER TABLE public.finding_tally ENABLE ROW LEVEL SECURITY;
  ALTER TABLE public.finding_tally FORCE ROW LEVEL SECURITY;
  EXECUTE format('CREATE POLICY tenant_select ON public.finding_tally FOR SELECT USING (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_insert ON public.finding_tally FOR INSERT WITH CHECK (%s)', own_tenant);
  EXECUTE format('CREATE POLICY tenant_delete ON public.finding_tally FOR DELETE USING (%s)', own_tenant);
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON public.finding_tally TO app_rw;
--> statement-breakpoint
GRANT SELECT ON public.finding_tally TO app_ro;
