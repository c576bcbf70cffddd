/** Where this installation takes events, and how its files name things. */
export interface Addresses {
  gateUrl: string;
}

const TOKEN = '<source token>';
const KEY = '<key>';
const HOLDS_HTTPS = /^https:/;

/** Falco by itself: it sends no header, so the token stands in the URL. */
export function falcoYaml({ gateUrl }: Addresses, token = TOKEN): string {
  return [
    '# /etc/falco/falco.yaml',
    'json_output: true',
    'json_include_output_property: true',
    'json_include_tags_property: true',
    'json_include_output_fields_property: true',
    'http_output:',
    '  enabled: true',
    `  url: ${gateUrl}/v1/events/falco/${token}`,
    ...(HOLDS_HTTPS.test(gateUrl)
      ? [
          '  # Only where the source is bound to a client certificate:',
          '  # mtls: true',
          '  # client_cert: /etc/falco/tls/client.crt',
          '  # client_key: /etc/falco/tls/client.key',
          '  # ca_cert: /etc/falco/tls/ca.crt',
        ]
      : []),
    '# The heartbeat: without it, silence says nothing.',
    'metrics:',
    '  enabled: true',
    '  interval: 1h',
    '  output_rule: true',
    '  kernel_event_counters_enabled: true',
    '  resource_utilization_enabled: true',
    '  state_counters_enabled: true',
    '  rules_counters_enabled: true',
    '  include_empty_values: true',
    '  convert_memory_to_mb: true',
    '# Falco keeps at most so many events while Bulwark does not answer.',
    'outputs_queue:',
    '  capacity: 10000',
    '# Say every loss of system calls.',
    'syscall_event_drops:',
    '  threshold: 0',
    '  actions: [log, alert]',
    '  rate: 0.03333',
    '  max_burst: 1',
    '',
  ].join('\n');
}

/** falcosidekick sends a header, so it can use an API key. */
export function sidekickYaml({ gateUrl }: Addresses): string {
  return [
    '# falcosidekick: config.yaml. To keep the key out of it, set the environment variable',
    `# WEBHOOK_CUSTOMHEADERS="Authorization:Bearer ${KEY}" instead of customHeaders.`,
    'webhook:',
    `  address: ${gateUrl}/v1/events/falco`,
    '  method: POST',
    '  customHeaders:',
    `    Authorization: Bearer ${KEY}`,
    '  minimumpriority: ""',
    '  checkcert: true',
    '',
  ].join('\n');
}

/** A receiver of Alertmanager; `max_alerts: 0` sends every alert of a group. */
export function alertmanagerYaml({ gateUrl }: Addresses): string {
  return [
    '# alertmanager.yml',
    'route:',
    '  receiver: bulwark',
    '  group_by: [alertname, cluster, namespace]',
    '  group_wait: 10s',
    '  group_interval: 1m',
    '  repeat_interval: 4h',
    'receivers:',
    '  - name: bulwark',
    '    webhook_configs:',
    `      - url: ${gateUrl}/v1/events/alertmanager`,
    '        send_resolved: true',
    '        max_alerts: 0',
    '        http_config:',
    '          authorization:',
    '            type: Bearer',
    '            credentials_file: /etc/alertmanager/bulwark-events-key',
    '',
  ].join('\n');
}

/** Tries the intake by hand: with `strict=1` it says what is wrong. */
export function tryCommand({ gateUrl }: Addresses): string {
  return [
    `curl -sS '${gateUrl}/v1/events/falco?strict=1' \\`,
    '  -H "Authorization: Bearer $BULWARK_EVENTS_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '{"rule":"Terminal shell in container","priority":"Notice","source":"syscall",'\\`,
    `'"hostname":"'"$HOSTNAME"'","time":"'"$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)"'","output":"a first event"}'`,
  ].join('\n');
}
