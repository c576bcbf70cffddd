'use client';

import { MoreHorizontal, Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuItem } from '@/components/ui/dropdown-menu';
import { Field } from '@/components/ui/field';
import { IconButton } from '@/components/ui/icon-button';
import { Input } from '@/components/ui/input';
import { PageSection } from '@/components/ui/page-header';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { SecretConsumerDto, SecretDetailDto } from '@/lib/access/secrets/contract';
import { secretKeys } from './secrets.queries';

const SOURCES: Record<SecretConsumerDto['source'], string> = {
  scan: 'A scan',
  backend: 'Its backend',
  person: 'A person',
  seen: 'Its own report',
};

function AddConsumer({ secretId }: { secretId: string }) {
  const [name, setName] = useState('');
  const add = useAction<string>({
    run: (given) => apiFetch(`/secrets/${secretId}/consumers`, { method: 'POST', body: { name: given } }),
    refresh: [secretKeys.all],
    done: (given) => {
      setName('');
      return { title: `${given} is a consumer of this secret` };
    },
    failed: 'Could not add the consumer',
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') add.mutate(name.trim());
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-2">
      <Field label="Name of a consumer" hideLabel className="w-64 max-w-full">
        <Input
          placeholder="A service, job or person that uses it"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <Button type="submit" loading={add.isPending} disabled={name.trim() === ''} focusableWhenDisabled>
        <Plus aria-hidden />
        Add
      </Button>
    </form>
  );
}

function Row({
  secret,
  consumer,
  canWrite,
}: {
  secret: SecretDetailDto;
  consumer: SecretConsumerDto;
  canWrite: boolean;
}) {
  const remove = useAction<void>({
    run: () => apiFetch(`/secrets/${secret.id}/consumers/${consumer.id}/remove`, { method: 'POST' }),
    refresh: [secretKeys.all],
    done: () => ({ title: `${consumer.name} is no longer a consumer of this secret` }),
    failed: 'Could not remove the consumer',
  });
  return (
    <StackedRow>
      <TableCell className="font-medium break-all">{consumer.name}</TableCell>
      <TableCell>
        {consumer.seenVersion === null ? (
          <span className="text-faint">Not reported</span>
        ) : (
          <code className="text-xs break-all">{consumer.seenVersion}</code>
        )}
      </TableCell>
      <TableCell>
        <Time value={consumer.seenAt} mode="relative" empty="–" />
      </TableCell>
      <TableCell>{consumer.key?.name ?? <span className="text-faint">–</span>}</TableCell>
      <TableCell>{SOURCES[consumer.source]}</TableCell>
      {canWrite ? (
        <TableCell className="text-right">
          <DropdownMenu
            align="end"
            trigger={
              <IconButton label={`More for ${consumer.name}`} variant="ghost" size="sm">
                <MoreHorizontal aria-hidden />
              </IconButton>
            }
          >
            <MenuItem tone="danger" disabled={remove.isPending} onSelect={() => remove.mutate()}>
              Remove consumer
            </MenuItem>
          </DropdownMenu>
        </TableCell>
      ) : null}
    </StackedRow>
  );
}

const COLUMNS = ['Consumer', 'Uses version', 'Reported', 'API key', 'Known from'];

/** Who uses the secret: a rotation waits until each of them uses the new version. */
export function ConsumersSection({ secret, canWrite }: { secret: SecretDetailDto; canWrite: boolean }) {
  const { consumerList } = secret;
  return (
    <PageSection
      title="Consumers"
      description="Services and jobs that use this secret. A rotation waits until they use the new version."
      actions={canWrite ? <AddConsumer secretId={secret.id} /> : null}
    >
      {consumerList.length === 0 ? (
        <p className="text-base text-muted">
          No consumer is known. Without one, nothing tells whether a service still uses an old version.
        </p>
      ) : (
        <StackedTable aria-label="Consumers" columns={COLUMNS} hasActions={canWrite}>
          {consumerList.map((consumer) => (
            <Row key={consumer.id} secret={secret} consumer={consumer} canWrite={canWrite} />
          ))}
        </StackedTable>
      )}
    </PageSection>
  );
}
