import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { type AgentKey, RotateAgent } from './agent';
import { type Command, type OptionValues, requireText, textOf, UsageError } from './command';
import { envTarget, fileTarget } from './secret-target';
import { refusePlainHttp } from './secure-url';

const EVERY_MIN_MS = 5 * SECOND_MS;

const reload = z.array(z.string().min(1)).default([]);
const configSchema = z.strictObject({
  url: z.url(),
  every: z.string().default('60s'),
  keys: z
    .array(
      z.union([
        z.strictObject({ file: z.string().min(1), reload }),
        z.strictObject({ envFile: z.string().min(1), name: z.string().min(1), reload }),
      ]),
    )
    .min(1),
});

type Config = z.output<typeof configSchema>;

function agentKeys(config: Config): AgentKey[] {
  return config.keys.map((key) => ({
    target: 'file' in key ? fileTarget(key.file) : envTarget(key.envFile, key.name),
    reload: key.reload,
  }));
}

async function configOf(values: OptionValues, command: readonly string[]): Promise<Config> {
  const path = textOf(values, 'config');
  const given: unknown = path
    ? JSON.parse(await readFile(path, 'utf8'))
    : {
        url: requireText(values, 'url', 'https://bulwark.example.org'),
        every: textOf(values, 'every'),
        keys: [
          textOf(values, 'env-file')
            ? {
                envFile: textOf(values, 'env-file'),
                name: requireText(values, 'name', 'BILLING_KEY'),
                reload: command,
              }
            : { file: requireText(values, 'file', '/run/secrets/billing'), reload: command },
        ],
      };
  const config = configSchema.safeParse(given);
  if (config.success) {
    refusePlainHttp(config.data.url);
    return config.data;
  }
  const [issue] = config.error.issues;
  throw new UsageError(`${path ?? 'The call'}: ${issue?.path.join('.') || 'config'}: ${issue?.message}`);
}

/** Rounds until the process is told to stop; a tenth of jitter keeps many agents from asking at once. */
async function repeat(agent: RotateAgent, everyMs: number): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  while (!stop.signal.aborted) {
    await agent.round();
    const waitMs = everyMs * (0.9 + Math.random() * 0.2);
    await Promise.race([sleep(waitMs, undefined, { signal: stop.signal }), once(stop.signal, 'abort')]).catch(
      () => undefined,
    );
  }
}

export const rotateAgent: Command = {
  name: 'rotate-agent',
  usage:
    '--url <console> (--file <path> | --env-file <path> --name <NAME> | --config <file.json>) [--once] [--every 60s] [-- <reload command>]',
  summary: 'Fetch new secrets for services on this host, install them and reload the services',
  record: 'if possible',
  options: {
    url: { type: 'string' },
    file: { type: 'string' },
    'env-file': { type: 'string' },
    name: { type: 'string' },
    config: { type: 'string' },
    every: { type: 'string' },
    once: { type: 'boolean' },
  },
  async run({ values, positionals, out }) {
    const config = await configOf(values, positionals);
    const everyMs = parseDuration(config.every);
    if (everyMs === null || everyMs < EVERY_MIN_MS) throw new UsageError('--every must be 5s or more.');
    const agent = new RotateAgent(config.url, agentKeys(config), out);
    if (!values.once) {
      await repeat(agent, everyMs);
      return { isOk: true, lines: [] };
    }
    const { rotated, failed } = await agent.round();
    const lines = failed.length + rotated.length === 0 ? ['No new secrets.'] : [];
    return { isOk: failed.length === 0, lines };
  },
};
