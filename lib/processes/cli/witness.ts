import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { AppError } from '@/lib/platform/core/errors';
import { isKeyName } from '@/lib/platform/sealing/tlog/note';
import { PolicyError, type PolicyLog, parsePolicy } from '@/lib/platform/sealing/tlog/policy';
import { Witness } from '@/lib/platform/sealing/witness/witness';
import { createWitnessServer } from '@/lib/platform/sealing/witness/witness-server';
import { WitnessStore, WitnessStoreError } from '@/lib/platform/sealing/witness/witness-state';
import { type Command, type CommandResult, requireText, textOf, UsageError } from './command';

const DEFAULT_LISTEN = '127.0.0.1:3400';

function addressOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new UsageError('--listen takes an address and a port, such as 127.0.0.1:3400.');
  return { host: match[1] ?? match[2] ?? '', port };
}

/** The logs of a policy. A file without a quorum is one that lists logs alone. */
function readLogs(path: string): readonly PolicyLog[] {
  try {
    const text = readFileSync(path, 'utf8');
    const { logs } = parsePolicy(/^\s*quorum\s/m.test(text) ? text : `${text}\nquorum none\n`);
    if (logs.length === 0)
      throw new PolicyError('it names no log. Download the policy of the log there: Audit log, Integrity.');
    return logs;
  } catch (error) {
    if (error instanceof PolicyError) throw new AppError('unprocessable', `${path}: ${error.message}`);
    throw new AppError('not_found', `${path} could not be read.`);
  }
}

function nameOf(given: string | undefined): string {
  const name = given ?? `${hostname()}/witness`;
  if (!isKeyName(name))
    throw new UsageError('--name takes a name without spaces and "+", such as witness.example.org.');
  return name;
}

/** Until the process is asked to stop. */
const untilStopped = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

async function openStore(folder: string): Promise<WitnessStore> {
  return WitnessStore.open(folder).catch((error: unknown) => {
    if (error instanceof WitnessStoreError) throw new AppError('unavailable', error.message);
    throw error;
  });
}

async function serve(
  store: WitnessStore,
  logs: readonly PolicyLog[],
  options: { name: string; listen: string; out(line: string): void },
): Promise<CommandResult> {
  const { name, listen, out } = options;
  const { host, port } = addressOf(listen);
  const witness = new Witness(store, logs, name);
  const server = createWitnessServer(witness, (error) =>
    out(`The witness could not answer: ${String(error)}`),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const bound = server.address();
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${typeof bound === 'object' && bound ? bound.port : port}`;
  out(
    `The witness ${name} listens at ${url}. For the policy of a log, with the URL where the log reaches it:`,
  );
  for (const vkey of witness.vkeys.slice(0, 1))
    out(`witness ${name.replaceAll(/[^A-Za-z0-9._-]/g, '-')} ${vkey} ${url}`);
  for (const origin of new Set(logs.map(({ key }) => key.name))) out(`Cosigns the log ${origin}`);
  await untilStopped();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  return { isOk: true, lines: ['The witness has stopped.'] };
}

export const witnessCommand: Command = {
  name: 'witness',
  usage: '--store <folder> --log <policy file> [--listen 127.0.0.1:3400] [--name <name>]',
  summary:
    'Run a witness that cosigns the checkpoints of audit logs (C2SP tlog-witness). Needs no database; keep it on another host',
  record: 'if possible',
  options: {
    store: { type: 'string' },
    log: { type: 'string' },
    listen: { type: 'string' },
    name: { type: 'string' },
  },
  async run({ values, out }) {
    const logs = readLogs(requireText(values, 'log', 'audit-log-policy.txt'));
    const name = nameOf(textOf(values, 'name'));
    const listen = textOf(values, 'listen') ?? DEFAULT_LISTEN;
    addressOf(listen);
    const store = await openStore(requireText(values, 'store', '/var/lib/bulwark-witness'));
    try {
      return await serve(store, logs, { name, listen, out });
    } finally {
      await store.close();
    }
  },
};
