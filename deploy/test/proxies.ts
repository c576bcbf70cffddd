import { type RunningProxy, readyMade, startProxy } from './proxy-scene';

export interface Upstreams {
  port: number;
  gatePort: number;
  servicePort: number;
}

export interface Proxy {
  name: string;
  program: string;
  start(program: string, upstreams: Upstreams): Promise<RunningProxy>;
}

function changed(text: string, changes: readonly [string, string][]): string {
  return changes.reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`The ready-made file does not hold ${from}`);
    return result.replaceAll(from, to);
  }, text);
}

function startNginx(program: string, { port, gatePort, servicePort }: Upstreams): Promise<RunningProxy> {
  const site = changed(readyMade('nginx/bulwark.conf'), [
    ['127.0.0.1:3100', `127.0.0.1:${gatePort}`],
    ['127.0.0.1:8080', `127.0.0.1:${servicePort}`],
    ['listen 8000;', `listen 127.0.0.1:${port};`],
  ]);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path FOLDER/${name};`)
    .join('\n');
  const text = `daemon off;\npid FOLDER/nginx.pid;\nerror_log stderr warn;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${site}}\n`;
  const beside = { 'bulwark-headers.conf': readyMade('nginx/bulwark-headers.conf') };
  return startProxy(
    program,
    port,
    'nginx.conf',
    text,
    (file, folder) => ['-c', file, '-p', folder],
    {},
    beside,
  );
}

function startCaddy(program: string, { port, gatePort, servicePort }: Upstreams): Promise<RunningProxy> {
  const text = `{\n\tadmin off\n\tauto_https off\n}\n${readyMade('caddy/Caddyfile')}`;
  const env = {
    SITE: `http://:${port}`,
    BULWARK_GATE: `127.0.0.1:${gatePort}`,
    SERVICE: `127.0.0.1:${servicePort}`,
  };
  return startProxy(
    program,
    port,
    'Caddyfile',
    text,
    (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
    env,
  );
}

function startTraefik(program: string, { port, gatePort, servicePort }: Upstreams): Promise<RunningProxy> {
  const text = changed(readyMade('traefik/forward-auth.yml'), [
    ['http://gate:3100', `http://127.0.0.1:${gatePort}`],
    ['http://orders:8080', `http://127.0.0.1:${servicePort}`],
  ]);
  return startProxy(program, port, 'dynamic.yml', text, (file) => [
    `--entrypoints.web.address=127.0.0.1:${port}`,
    `--providers.file.filename=${file}`,
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
    '--log.level=ERROR',
  ]);
}

function startEnvoy(program: string, { port, gatePort, servicePort }: Upstreams): Promise<RunningProxy> {
  const text = changed(readyMade('envoy/envoy.yaml'), [
    ['address: 0.0.0.0, port_value: 8000', `address: 127.0.0.1, port_value: ${port}`],
    ['address: gate, port_value: 3100', `address: 127.0.0.1, port_value: ${gatePort}`],
    ['address: orders, port_value: 8080', `address: 127.0.0.1, port_value: ${servicePort}`],
  ]);
  const quiet = ['--log-level', 'error', '--use-dynamic-base-id', '--concurrency', '1'];
  return startProxy(program, port, 'envoy.yaml', text, (file) => ['-c', file, ...quiet]);
}

/** The proxies whose ready-made files are tested with the real program. */
export const PROXIES: readonly Proxy[] = [
  { name: 'nginx', program: 'nginx', start: startNginx },
  { name: 'Caddy', program: 'caddy', start: startCaddy },
  { name: 'Traefik', program: 'traefik', start: startTraefik },
  { name: 'Envoy', program: 'envoy', start: startEnvoy },
];
