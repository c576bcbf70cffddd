import { z } from 'zod';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { revokeKey } from '@/lib/access/api-keys/change/revoke-key';
import {
  createKeyInput,
  type KeyDto,
  listKeysInput,
  REVOKE_REASONS,
  revokeKeyInput,
} from '@/lib/access/api-keys/contract';
import { listKeys } from '@/lib/access/api-keys/read/queries';
import { invalidInput } from '@/lib/platform/auth/request/api-input';
import { parseDuration } from '@/lib/platform/core/clock';
import {
  type Command,
  type CommandResult,
  type OptionValues,
  requireText,
  textOf,
  UsageError,
} from './command';
import { tableOf } from './table';

const shared = { tenant: { type: 'string' }, json: { type: 'boolean' } } as const;

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidInput(result.error);
  return result.data;
}

/** `never`, a time, or a duration from now such as `90d`; left out, the default by the database's clock. */
function expiryOf(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'never') return null;
  const durationMs = parseDuration(text);
  if (durationMs !== null) return new Date(Date.now() + durationMs).toISOString();
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return text;
  throw new UsageError(
    '--expires must be a duration such as 90d, a time such as 2027-01-31T00:00:00Z, or never.',
  );
}

const listOf = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const dayOf = (iso: string | null, otherwise: string) => iso?.slice(0, 16).replace('T', ' ') ?? otherwise;

function json(values: OptionValues, body: unknown, lines: () => string[]): CommandResult {
  return { isOk: true, lines: values.json ? [JSON.stringify(body, null, 2)] : lines() };
}

export const keysCreate: Command = {
  name: 'keys create',
  usage:
    '--name <name> --scopes <scope,scope> [--expires 90d|never] [--env live|test] [--tenant <slug>] [--json]',
  summary: 'Create an API key; its secret is shown once',
  record: 'required',
  options: {
    ...shared,
    name: { type: 'string' },
    scopes: { type: 'string' },
    expires: { type: 'string' },
    env: { type: 'string', default: 'live' },
    description: { type: 'string' },
  },
  async run({ values, actor }) {
    const input = parsed(createKeyInput, {
      name: requireText(values, 'name', 'billing'),
      scopes: listOf(requireText(values, 'scopes', 'gate:verify,findings:read')),
      environment: textOf(values, 'env'),
      expiresAt: expiryOf(textOf(values, 'expires')),
      description: textOf(values, 'description'),
    });
    const answer = await createKey(actor, input);
    return json(values, answer, () => [
      `Created the key "${answer.key.name}" (${answer.key.id}).`,
      `  Secret   ${answer.secret}`,
      `  Scopes   ${answer.key.scopes.join(', ')}`,
      `  Expires  ${dayOf(answer.key.expiresAt, 'never (revoke the key when it is no longer needed)')}`,
      'Store this secret now. You cannot see it again.',
    ]);
  },
};

function rowOf(key: KeyDto): string[] {
  return [
    key.id,
    key.name,
    key.environment,
    key.status,
    dayOf(key.lastUsedAt, 'never'),
    dayOf(key.expiresAt, 'never'),
  ];
}

export const keysList: Command = {
  name: 'keys list',
  usage: '[--status <status>] [--q <text>] [--limit 50] [--cursor <cursor>] [--tenant <slug>] [--json]',
  summary: 'List the keys of a tenant, newest first',
  record: 'required',
  options: {
    ...shared,
    status: { type: 'string' },
    q: { type: 'string' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  async run({ values, actor }) {
    const { tenant: _tenant, json: _json, ...filter } = values;
    const page = await listKeys(actor, parsed(listKeysInput, filter));
    return json(values, page, () => {
      if (page.items.length === 0) return ['No keys.'];
      const head = ['id', 'name', 'env', 'status', 'last used (UTC)', 'expires (UTC)'];
      const more = page.nextCursor ? [`More: add --cursor ${page.nextCursor}`] : [];
      return [...tableOf([head, ...page.items.map(rowOf)]), ...more];
    });
  },
};

export const keysRevoke: Command = {
  name: 'keys revoke',
  usage: `<id> --reason ${REVOKE_REASONS.join('|')} [--version <n>] [--comment <text>] [--tenant <slug>] [--json]`,
  summary: 'Revoke a key, or one version of it, immediately',
  record: 'required',
  options: {
    ...shared,
    reason: { type: 'string' },
    version: { type: 'string' },
    comment: { type: 'string' },
  },
  async run({ values, positionals, actor }) {
    const [id] = positionals;
    if (!id) throw new UsageError('Missing key ID. Run "bulwark keys list" to find it.');
    const version = textOf(values, 'version');
    const input = parsed(revokeKeyInput, {
      reason: requireText(values, 'reason', 'KEY_COMPROMISE').toUpperCase().replaceAll('-', '_'),
      version: version === undefined ? undefined : Number(version),
      comment: textOf(values, 'comment'),
    });
    const key = await revokeKey(actor, id, input);
    const what =
      input.version === undefined
        ? `the key "${key.name}"`
        : `version ${input.version} of the key "${key.name}"`;
    return json(values, key, () => [`Revoked ${what} (${input.reason}). It no longer works.`]);
  },
};
