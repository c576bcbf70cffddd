/**
 * The room that owns each table: it alone reads and writes it, others ask its `facts.ts`. A table stands here once, by the
 * name that SQL uses; `guards/table-owners.ts` reads every statement in `lib/` and refuses a stranger's.
 */
export const TABLE_OWNERS = {
  idempotency_record: 'platform/core',
  session: 'platform/auth',
  user_account: 'platform/auth',
  user_identity: 'platform/auth',
  gate_revision: 'platform/tenancy',
  invitation: 'platform/tenancy',
  membership: 'platform/tenancy',
  tenant: 'platform/tenancy',
  audit_event: 'platform/audit',
  rollup_watermark: 'platform/audit',
  job: 'platform/jobs',
  notification: 'platform/notifications',
  notification_attempt: 'platform/notifications',
  notification_channel: 'platform/notifications',
  notification_delivery: 'platform/notifications',
  notification_delivery_item: 'platform/notifications',
  notification_inbox: 'platform/notifications',
  notification_mute: 'platform/notifications',
  notification_policy: 'platform/notifications',
  notification_route: 'platform/notifications',

  api_key: 'access/api-keys',
  api_key_version: 'access/api-keys',
  key_rotation: 'access/api-keys',
  key_rotation_setting: 'access/api-keys',
  key_usage: 'access/api-keys',
  rotation_policy: 'access/api-keys',
  access_block: 'access/blocks',
  process_secret: 'access/secrets',
  secret: 'access/secrets',
  secret_backend: 'access/secrets',
  secret_consumer: 'access/secrets',
  secret_setting: 'access/secrets',

  acceptance: 'assurance/findings',
  asset: 'assurance/findings',
  finding: 'assurance/findings',
  finding_event: 'assurance/findings',
  finding_setting: 'assurance/findings',
  finding_tally: 'assurance/findings',
  finding_view: 'assurance/findings',
  kev_entry: 'assurance/findings',
  scan: 'assurance/findings',
  scan_stream: 'assurance/findings',
  sighting: 'assurance/findings',
  scan_target: 'assurance/scanners',
  scanner_log: 'assurance/scanners',
  scanner_run: 'assurance/scanners',
  scanner_state: 'assurance/scanners',
  check_evidence: 'assurance/checklist',
  check_exception: 'assurance/checklist',
  check_run: 'assurance/checklist',
  checklist_run: 'assurance/checklist',
  objective_state: 'assurance/checklist',
  release_override: 'assurance/checklist',
  release_verdict: 'assurance/checklist',

  activity_hour: 'response/anomalies',
  anomaly: 'response/anomalies',
  anomaly_mute: 'response/anomalies',
  anomaly_rule: 'response/anomalies',

  metric_count: 'insight/metrics',
  metric_episode: 'insight/metrics',
  metric_progress: 'insight/metrics',
  metric_snapshot_row: 'insight/metrics',
  metric_value: 'insight/metrics',
  report_setting: 'insight/reports',
  weekly_report: 'insight/reports',
} as const;

/** Where things stand and who people are: every room may read these, and only their owner writes them. */
export const READ_BY_ALL = ['tenant', 'user_account', 'membership'] as const;

/** What `db/gate-*.ts` reads as app_gate, whose grants in `drizzle/` name the columns. */
export const READ_BY_THE_GATE = [
  'gate_revision',
  'api_key',
  'api_key_version',
  'access_block',
  'audit_event',
] as const;
