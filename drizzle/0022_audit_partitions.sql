-- A row in the default partition never stops a migration or a start: rows of a month that is made are moved into it. The
-- worker makes months ahead as well, so that an installation that is never upgraded keeps its partitions.
CREATE OR REPLACE FUNCTION public.ensure_audit_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  first_day date := (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month')::date;
  month_start date;
  child text;
  made integer := 0;
BEGIN
  -- Two migration jobs, or a job and the worker, take turns.
  PERFORM pg_advisory_xact_lock(hashtext('bulwark.ensure_audit_partitions'));
  FOR i IN 0..(months_ahead + 1) LOOP
    month_start := (first_day + make_interval(months => i))::date;
    child := 'audit_event_' || to_char(month_start, 'YYYY_MM');
    CONTINUE WHEN EXISTS (SELECT FROM pg_inherits
      WHERE inhparent = 'public.audit_event'::regclass AND inhrelid = to_regclass('public.' || child));
    IF to_regclass('public.' || child) IS NOT NULL THEN
      RAISE WARNING 'table % is no partition of the audit log: its month goes to the default partition', child;
      CONTINUE;
    END IF;
    PERFORM public.make_audit_partition(child, month_start, (month_start + interval '1 month')::date);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
-- Rows go straight into the new table: the triggers of the parent would stamp them anew.
CREATE FUNCTION public.make_audit_partition(child text, from_day date, to_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  from_at timestamptz := from_day::timestamp AT TIME ZONE 'UTC';
  to_at timestamptz := to_day::timestamp AT TIME ZONE 'UTC';
BEGIN
  EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_event INCLUDING ALL)', child);
  LOCK TABLE public.audit_event_default IN ACCESS EXCLUSIVE MODE;
  -- Its policy refuses everybody, its owner too. Nobody else reads it while the lock is held.
  ALTER TABLE public.audit_event_default NO FORCE ROW LEVEL SECURITY;
  EXECUTE format('INSERT INTO public.%I SELECT * FROM public.audit_event_default WHERE at >= $1 AND at < $2', child)
    USING from_at, to_at;
  DELETE FROM public.audit_event_default WHERE at >= from_at AND at < to_at;
  -- An empty table without pages says so to whoever may not read it (Settings → Health).
  IF NOT EXISTS (SELECT FROM public.audit_event_default) THEN
    TRUNCATE public.audit_event_default;
  END IF;
  ALTER TABLE public.audit_event_default FORCE ROW LEVEL SECURITY;
  EXECUTE format('ALTER TABLE public.audit_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', child,
    from_at, to_at);
  PERFORM public.close_audit_child(child);
END $$;
--> statement-breakpoint
-- All that the worker may ask for: the months of a year, in the function owner's name. It gives way to whoever uses the
-- audit log, and is called again.
CREATE FUNCTION public.keep_audit_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
BEGIN
  RETURN public.ensure_audit_partitions(12);
END $$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION public.make_audit_partition(text, date, date), public.keep_audit_partitions() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION public.keep_audit_partitions() TO app_rw;
