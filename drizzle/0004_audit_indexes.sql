-- The record's indexes, by what the console asks (bench/audit, docs/bench.md). One summary of every 32 pages (about
-- 700 rows) tells whether an actor, key, address or target can occur there; `at` beside them lets the planner see that
-- a span of time is a span of pages. One index instead of five: an insert asks it once.
DROP INDEX public.audit_event_actor_brin, public.audit_event_key_brin, public.audit_event_ip_brin,
  public.audit_event_target_brin, public.audit_event_action_brin;
--> statement-breakpoint
CREATE INDEX audit_event_lookup_brin ON public.audit_event USING brin (
  at timestamptz_minmax_ops,
  actor_id uuid_bloom_ops (n_distinct_per_range = 800),
  key_id uuid_bloom_ops (n_distinct_per_range = 800),
  ip inet_bloom_ops (n_distinct_per_range = 800),
  target_id text_bloom_ops (n_distinct_per_range = 800)
) WITH (pages_per_range = 32, autosummarize = on);
--> statement-breakpoint
-- What is not traffic: changes, sign-ins, system events, exports. Verified keys, API reads and page views, nearly all
-- rows, stay out, so they cost nothing here. The list stands again in lib/audit/filters.ts.
CREATE INDEX audit_event_signal_idx ON public.audit_event (tenant_id, at, id)
  WHERE action NOT IN ('gate.verify', 'api.request', 'console.view');
--> statement-breakpoint
CREATE INDEX audit_event_refused_idx ON public.audit_event (tenant_id, at, id) WHERE outcome <> 'success';
