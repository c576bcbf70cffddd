import { type IncomingHttpHeaders, request } from 'node:http';

export interface Authorized {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of a denial. */
  body: { code?: string; detail?: string; requestId?: string } | null;
}

export interface Held {
  method?: string;
  host?: string;
  uri?: string;
  /** What the client sent, as raw pairs. */
  headers?: readonly [string, string][];
  client?: string;
  proto?: string;
}

function send(
  port: number,
  method: string,
  path: string,
  pairs: readonly [string, string][],
): Promise<Authorized> {
  return new Promise((resolve, reject) => {
    const headers = [['Connection', 'close'], ...pairs].flat();
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers, setHost: false, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson ? JSON.parse(text) : null,
          });
        });
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}

/** Asks as Traefik and Caddy do about a request that they hold. */
export function authorize(port: number, held: Held = {}): Promise<Authorized> {
  return send(port, 'GET', '/v1/authorize', [
    ['Host', 'gate'],
    ['X-Forwarded-Method', held.method ?? 'GET'],
    ['X-Forwarded-Proto', held.proto ?? 'https'],
    ['X-Forwarded-Host', held.host ?? 'api.example.org'],
    ['X-Forwarded-Uri', held.uri ?? '/'],
    ['X-Forwarded-For', held.client ?? '198.51.100.7'],
    ...(held.headers ?? []),
  ]);
}

/** Asks as nginx does. */
export function authorizeForNginx(port: number, held: Held = {}): Promise<Authorized> {
  return send(port, 'GET', '/v1/authorize?proxy=nginx', [
    ['Host', 'gate'],
    ['X-Original-Method', held.method ?? 'GET'],
    ['X-Forwarded-Proto', held.proto ?? 'https'],
    ['X-Forwarded-Host', held.host ?? 'api.example.org'],
    ['X-Original-URI', held.uri ?? '/'],
    ['X-Forwarded-For', held.client ?? '198.51.100.7'],
    ...(held.headers ?? []),
  ]);
}

/** Asks as Envoy does: the request's own method, host and path. */
export function authorizeForEnvoy(port: number, held: Held = {}): Promise<Authorized> {
  return send(port, held.method ?? 'GET', `/v1/authorize${held.uri ?? '/'}`, [
    ['Host', held.host ?? 'api.example.org'],
    ['X-Forwarded-For', held.client ?? '198.51.100.7'],
    ...(held.headers ?? []),
  ]);
}
