export const PROXIES = ['nginx', 'traefik', 'caddy', 'envoy'] as const;
export type ProxyName = (typeof PROXIES)[number];

export const PROXY_LABELS: Record<ProxyName, string> = {
  nginx: 'nginx',
  traefik: 'Traefik',
  caddy: 'Caddy',
  envoy: 'Envoy',
};

/** The ready-made file of each proxy, in the repository. */
export const PROXY_FILES: Record<ProxyName, string> = {
  nginx: 'deploy/nginx/bulwark.conf',
  traefik: 'deploy/traefik/forward-auth.yml',
  caddy: 'deploy/caddy/Caddyfile',
  envoy: 'deploy/envoy/envoy.yaml',
};

const HEADERS = [
  'X-Auth-Subject',
  'X-Auth-Kind',
  'X-Auth-Tenant',
  'X-Auth-Key-Id',
  'X-Auth-Scopes',
  'X-Key-Rotation',
];

function nginx(gateUrl: string): string {
  return `location / {
    auth_request /_bulwark;
    auth_request_set $auth_subject $upstream_http_x_auth_subject;
    proxy_set_header X-Auth-Subject $auth_subject;
    # … the other X-Auth-* headers, 429 and 503: see the file
    proxy_pass http://your_service;
}
location = /_bulwark {
    internal;
    proxy_pass_request_headers off;
    proxy_pass_request_body    off;
    proxy_set_header Content-Length    '';
    proxy_set_header X-Original-URI    $request_uri;
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Forwarded-Host  $host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For   $remote_addr;
    proxy_set_header X-API-Key         $http_x_api_key;
    proxy_set_header Authorization     $http_authorization;
    proxy_set_header Cookie            $http_cookie;
    proxy_pass ${gateUrl}/v1/authorize?proxy=nginx;
}`;
}

function traefik(gateUrl: string): string {
  return `http:
  middlewares:
    bulwark:
      forwardAuth:
        address: ${gateUrl}/v1/authorize
        authResponseHeaders: [${HEADERS.join(', ')}]`;
}

function caddy(gateUrl: string): string {
  const remove = HEADERS.map((name) => `\trequest_header -${name}`).join('\n');
  return `route {
${remove}
\tforward_auth ${gateUrl} {
\t\turi /v1/authorize?
\t\tcopy_headers ${HEADERS.join(' ')}
\t}
\treverse_proxy your-service:8080
}`;
}

function envoy(gateUrl: string): string {
  const list = HEADERS.map((name) => `              - exact: ${name.toLowerCase()}`).join('\n');
  return `- name: envoy.filters.http.ext_authz
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
    failure_mode_allow: false
    http_service:
      path_prefix: /v1/authorize
      server_uri: { uri: "${gateUrl}", cluster: bulwark_gate, timeout: 5s }
      authorization_response:
        allowed_upstream_headers:
          patterns:
${list.replaceAll('              ', '            ')}`;
}

/** What a proxy needs at the least, with the address of this installation's gate. */
export function setupSnippet(proxy: ProxyName, gateUrl: string): string {
  return { nginx, traefik, caddy, envoy }[proxy](gateUrl);
}
