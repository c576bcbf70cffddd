import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface LoadResult {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers other than 2xx and requests without an answer. */
  failures: number;
}

const UNIT_MS: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };

function latencyMs(report: string, percent: number): number {
  const [, value, unit = ''] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(report) ?? [];
  return Number(value) * (UNIT_MS[unit] ?? Number.NaN);
}

function numberAfter(report: string, pattern: RegExp): number {
  return Number(pattern.exec(report)?.[1] ?? 0);
}

export interface Load {
  url: string;
  connections: number;
  seconds: number;
  script?: string;
}

/** One run of wrk. */
export async function measure({ url, connections, seconds, script }: Load): Promise<LoadResult> {
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s'];
  const { stdout } = await run('wrk', [...options, ...(script ? ['-s', script] : []), url]);
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout);
  const unanswered = (socketErrors ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0);
  return {
    requestsPerSecond: numberAfter(stdout, /Requests\/sec:\s+([\d.]+)/),
    p50Ms: latencyMs(stdout, 50),
    p99Ms: latencyMs(stdout, 99),
    failures: unanswered + numberAfter(stdout, /Non-2xx or 3xx responses: (\d+)/),
  };
}

/** The same load divided between servers, at the same time; the latencies are those of the slowest. */
export async function measureTogether(
  urls: readonly string[],
  { connections, ...load }: Omit<Load, 'url'>,
): Promise<LoadResult> {
  const share = Math.floor(connections / urls.length);
  const results = await Promise.all(urls.map((url) => measure({ ...load, url, connections: share })));
  return {
    requestsPerSecond: results.reduce((sum, each) => sum + each.requestsPerSecond, 0),
    p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    failures: results.reduce((sum, each) => sum + each.failures, 0),
  };
}

/** Writes a wrk script that asks /v1/authorize as Traefik does, with each of the credentials in turn. */
export function writeAuthorizeScript(path: string, header: string, values: readonly string[]): void {
  writeFileSync(`${path}.values`, values.join('\n'));
  writeFileSync(
    path,
    `local requests = {}
init = function()
  for value in io.lines("${path}.values") do
    local headers = {
      ["${header}"] = value,
      ["X-Forwarded-Method"] = "GET",
      ["X-Forwarded-Proto"] = "https",
      ["X-Forwarded-Host"] = "api.example.org",
      ["X-Forwarded-Uri"] = "/orders/" .. #requests .. "?page=2",
      ["X-Forwarded-For"] = "192.0.2." .. (#requests % 250)
    }
    requests[#requests + 1] = wrk.format("GET", "/v1/authorize", headers)
  end
end
local next = 0
request = function()
  next = next % #requests + 1
  return requests[next]
end
`,
  );
}

/** Writes a wrk script that asks about each of the keys in turn. */
export function writeVerifyScript(path: string, callerKey: string, keys: readonly string[]): void {
  writeFileSync(`${path}.keys`, keys.join('\n'));
  writeFileSync(
    path,
    `local requests = {}
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer ${callerKey}" }
init = function()
  for key in io.lines("${path}.keys") do
    local body = '{"key":"' .. key .. '","scopes":["keys:read"],"ip":"192.0.2.' .. (#requests % 250) .. '","method":"GET","path":"/orders/' .. #requests .. '"}'
    requests[#requests + 1] = wrk.format("POST", wrk.path, headers, body)
  end
end
local next = 0
request = function()
  next = next % #requests + 1
  return requests[next]
end
`,
  );
}
