import { ExpiryFact } from '@/components/access/api-keys/detail/expiry-fact';
import { EnvironmentBadge } from '@/components/access/api-keys/detail/key-properties';
import { usageSentence } from '@/components/access/api-keys/detail/usage-sentence';
import type { Owner } from '@/components/access/api-keys/owner';
import { SparkBars } from '@/components/charts/spark-bars';
import type { DataColumn, FilterKey } from '@/components/data-table/data-view-types';
import { Time } from '@/components/ui/time';
import { Tooltip } from '@/components/ui/tooltip';
import { KEY_ENVIRONMENTS, KEY_NEEDS, KEY_STATUSES, type KeyDto } from '@/lib/access/api-keys/contract';
import { PERMISSION_NAMES } from '@/lib/platform/auth/contract';
import { KeyStatus } from './key-status';
import { secretHint, shortId } from './key-status-words';

function Name({ keyDto: key }: { keyDto: KeyDto }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="truncate font-medium">{key.name}</span>
      <code className="shrink-0 text-xs text-faint">{shortId(key.id)}</code>
    </span>
  );
}

/** The secret in use; a second one that is accepted too is counted. */
function Secret({ keyDto: key }: { keyDto: KeyDto }) {
  const shown = key.versions.find(({ state }) => state === 'current') ?? key.versions[0];
  if (!shown) return <span className="text-faint">–</span>;
  const more = key.versions.length - 1;
  return (
    <span className="font-mono text-xs">
      {secretHint(shown)}
      {more > 0 ? <span className="text-faint"> +{more}</span> : null}
    </span>
  );
}

function LastUsed({ keyDto: key }: { keyDto: KeyDto }) {
  return (
    <span className="flex items-baseline gap-2">
      <Time value={key.lastUsedAt} mode="relative" empty="Never" />
      {key.lastUsedIp ? <code className="truncate text-xs text-faint">{key.lastUsedIp}</code> : null}
    </span>
  );
}

function Expiry({ keyDto: key }: { keyDto: KeyDto }) {
  if (key.status === 'revoked') return <span className="text-faint">–</span>;
  return <ExpiryFact expiresAt={key.expiresAt} mode="relative" />;
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  return (
    <Tooltip content={<span className="font-mono">{scopes.join(' ')}</span>}>
      <span>{scopes.length}</span>
    </Tooltip>
  );
}

export function KeyUsage({ keyDto: key }: { keyDto: KeyDto }) {
  return (
    <SparkBars
      label={usageSentence(key.usage)}
      values={key.usage.map(({ allowed, refused }) => allowed + refused)}
      errors={key.usage.map(({ refused }) => refused)}
    />
  );
}

export const keyColumns: readonly DataColumn<KeyDto>[] = [
  { id: 'name', header: 'Name', width: 168, hideable: false, cell: (key) => <Name keyDto={key} /> },
  {
    id: 'status',
    header: 'Status',
    width: 144,
    cell: (key) => <KeyStatus status={key.status} />,
    filterKey: 'status',
    filterValue: (key) => key.status,
  },
  { id: 'secret', header: 'Secret', width: 156, cell: (key) => <Secret keyDto={key} /> },
  {
    id: 'environment',
    header: 'Env',
    width: 56,
    cell: (key) => <EnvironmentBadge environment={key.environment} />,
    filterKey: 'env',
    filterValue: (key) => key.environment,
  },
  { id: 'usage', header: 'Last 36 hours', width: 120, cell: (key) => <KeyUsage keyDto={key} /> },
  { id: 'lastUsed', header: 'Last used', width: 176, cell: (key) => <LastUsed keyDto={key} /> },
  {
    id: 'expires',
    header: 'Expires',
    width: 84,
    cell: (key) => <Expiry keyDto={key} />,
  },
  {
    id: 'owner',
    header: 'Owner',
    width: 88,
    cell: (key) => key.owner?.name ?? <span className="text-faint">–</span>,
    filterKey: 'owner',
    filterValue: (key) => key.owner?.name ?? null,
  },
  {
    id: 'scopes',
    header: 'Scopes',
    width: 72,
    align: 'right',
    cell: (key) => <Scopes scopes={key.scopes} />,
  },
];

export function keyFilterKeys(owners: readonly Owner[]): FilterKey[] {
  return [
    { key: 'status', label: 'Derived status', values: KEY_STATUSES },
    { key: 'is', label: 'What holds beside the status', values: KEY_NEEDS },
    { key: 'env', label: 'Environment', values: KEY_ENVIRONMENTS },
    { key: 'scope', label: 'Has the scope', values: PERMISSION_NAMES },
    { key: 'owner', label: 'Owner', values: owners.map(({ name }) => name) },
    { key: 'tag', label: 'Tag' },
  ];
}

/** A key on a phone. */
export function KeyCard({ keyDto: key }: { keyDto: KeyDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-center justify-between gap-2">
        <Name keyDto={key} />
        <EnvironmentBadge environment={key.environment} />
      </span>
      <span className="flex items-center justify-between gap-2">
        <KeyStatus status={key.status} />
        <KeyUsage keyDto={key} />
      </span>
      <span className="flex flex-wrap justify-between gap-x-3 text-xs text-muted">
        <span>
          Used <Time value={key.lastUsedAt} mode="relative" empty="never" />
        </span>
        <span>
          Expires <Expiry keyDto={key} />
        </span>
      </span>
    </span>
  );
}
