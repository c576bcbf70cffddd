import type { DataColumn, FacetDefinition, FilterKey } from '@/components/data-table/data-view-types';
import { Badge } from '@/components/ui/badge';
import {
  BACKEND_KIND_NAMES,
  BACKEND_KINDS,
  EXPOSURE_NAMES,
  EXPOSURES,
  SECRET_KIND_NAMES,
  SECRET_KINDS,
  SECRET_STATUSES,
  type SecretDto,
} from '@/lib/access/secrets/contract';
import { Due, LastRotated, LastUsed, SecretState, statusWord } from './secret-words';

const none = <span className="text-faint">–</span>;

/** The owner that is set or that the backend names; without one, somebody has to be found. */
export function Owner({ secret }: { secret: SecretDto }) {
  const { owner, ownerLabel } = secret;
  if (owner) return owner.name;
  return ownerLabel ?? <span className="text-faint">Unknown</span>;
}

function Name({ secret }: { secret: SecretDto }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="truncate font-medium">{secret.name}</span>
      {secret.samePlaces !== null && secret.samePlaces > 1 ? (
        <Badge tone="warning">{secret.samePlaces} places</Badge>
      ) : null}
    </span>
  );
}

export const secretColumns: readonly DataColumn<SecretDto>[] = [
  { id: 'name', header: 'Secret', hideable: false, cell: (secret) => <Name secret={secret} /> },
  {
    id: 'status',
    header: 'Status',
    width: 132,
    cell: (secret) => <SecretState secret={secret} />,
    filterKey: 'status',
    filterValue: ({ status }) => status,
  },
  {
    id: 'backend',
    header: 'Where',
    width: 148,
    cell: ({ backend }) => BACKEND_KINDS[backend.kind],
    filterKey: 'backend',
    filterValue: ({ backend }) => backend.kind,
  },
  {
    id: 'path',
    header: 'Path',
    defaultHidden: true,
    cell: ({ path }) => <code className="text-xs">{path}</code>,
  },
  {
    id: 'owner',
    header: 'Owner',
    width: 96,
    cell: (secret) => <Owner secret={secret} />,
    filterKey: 'owner',
    filterValue: ({ owner, ownerLabel }) => owner?.userId ?? ownerLabel ?? 'unknown',
  },
  {
    id: 'consumers',
    header: 'Used by',
    width: 76,
    align: 'right',
    cell: ({ consumers }) => (consumers === 0 ? none : consumers),
  },
  { id: 'rotated', header: 'Last rotated', width: 116, cell: (secret) => <LastRotated secret={secret} /> },
  { id: 'due', header: 'Due', width: 104, cell: (secret) => <Due secret={secret} /> },
  {
    id: 'used',
    header: 'Last used',
    width: 104,
    defaultHidden: true,
    cell: (secret) => <LastUsed secret={secret} />,
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 160,
    defaultHidden: true,
    cell: ({ kind }) => SECRET_KINDS[kind],
    filterKey: 'kind',
    filterValue: ({ kind }) => kind,
  },
  {
    id: 'exposure',
    header: 'Kept',
    width: 120,
    defaultHidden: true,
    cell: ({ exposure }) => EXPOSURES[exposure],
    filterKey: 'exposure',
    filterValue: ({ exposure }) => exposure,
  },
];

export const secretFilterKeys: readonly FilterKey[] = [
  { key: 'status', label: 'Derived status', values: SECRET_STATUSES },
  { key: 'backend', label: 'Kind of backend', values: BACKEND_KIND_NAMES },
  { key: 'exposure', label: 'How it is kept', values: EXPOSURE_NAMES },
  { key: 'kind', label: 'Kind of secret', values: SECRET_KIND_NAMES },
  { key: 'owner', label: 'Owner', values: ['unknown'] },
  { key: 'tag', label: 'Tag' },
  { key: 'due', label: 'Due date', values: ['overdue', 'soon'] },
  { key: 'use', label: 'Not used for 90 days', values: ['unused'] },
  { key: 'same', label: 'Places with the same value as this secret' },
  { key: 'source', label: 'Backend by ID' },
];

export const secretFacets: readonly FacetDefinition[] = [
  { key: 'status', label: 'Status', render: ({ value }) => statusWord(value) },
  { key: 'backend', label: 'Where' },
  { key: 'exposure', label: 'Kept' },
  { key: 'owner', label: 'Owner' },
  { key: 'kind', label: 'Kind', closed: true },
];

/** A secret on a phone. */
export function SecretCard({ secret }: { secret: SecretDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-center justify-between gap-2">
        <Name secret={secret} />
        <SecretState secret={secret} />
      </span>
      <code className="truncate text-muted text-xs">{secret.path}</code>
      <span className="flex flex-wrap justify-between gap-x-3 text-muted text-xs">
        <span>{BACKEND_KINDS[secret.backend.kind]}</span>
        <span>
          {secret.dueAt ? 'Due ' : null}
          <Due secret={secret} />
        </span>
      </span>
    </span>
  );
}
