'use client';

import { useState } from 'react';
import { apiUrl, contentOf, headersOf, unreachable } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';

interface BundleRequest {
  from?: string;
  to?: string;
  filter?: { q: string };
}

const NAME = /filename="([^"]+)"/;

async function download(body: BundleRequest): Promise<void> {
  const response = await fetch(apiUrl('/audit-log/bundles'), {
    method: 'POST',
    headers: headersOf({ body }),
    body: JSON.stringify(body),
    cache: 'no-store',
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) await contentOf(response);
  const file = await response.blob().catch(() => {
    throw unreachable();
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download =
    NAME.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'audit-log.bundle.ndjson';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const startOf = (day: string) => `${day}T00:00:00Z`;
const dayAfter = (day: string) => new Date(Date.parse(startOf(day)) + 86_400_000).toISOString();

/** A range of days and a search, and what the bundle then proves. */
export function BundleDialog() {
  const [isOpen, setOpen] = useState(false);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [search, setSearch] = useState('');
  const action = useAction<BundleRequest>({
    run: download,
    refresh: [],
    done: () => {
      setOpen(false);
      return { title: 'The bundle is downloaded' };
    },
    failed: 'Could not export the bundle',
  });
  const isReversed = from !== '' && to !== '' && to < from;
  const filter = search.trim();
  const submit = () =>
    action.mutate({
      ...(from ? { from: startOf(from) } : {}),
      ...(to ? { to: dayAfter(to) } : {}),
      ...(filter ? { filter: { q: filter } } : {}),
    });
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setOpen}
      trigger={<Button variant="primary">Export bundle</Button>}
      title="Export a bundle"
      description="One file with events and everything that proves them. It holds personal data in the clear."
      footer={
        <>
          <DialogClose render={<Button>Cancel</Button>} />
          <Button variant="primary" loading={action.isPending} disabled={isReversed} onClick={submit}>
            Export
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="From" optional hint="UTC. Empty: from the beginning of the log.">
            <Input type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
          </Field>
          <Field
            label="To"
            optional
            hint="UTC, that day included."
            error={isReversed ? 'Choose a day that is not before the first one.' : undefined}
          >
            <Input type="date" value={to} onChange={(event) => setTo(event.target.value)} />
          </Field>
        </div>
        <Field
          label="Search"
          optional
          hint="Only events that contain this text; 2,000 at most, of the last 13 months."
        >
          <Input value={search} maxLength={200} onChange={(event) => setSearch(event.target.value)} />
        </Field>
        <Callout tone="info" title={filter ? 'Proves each event' : 'Proves that nothing is left out'}>
          {filter
            ? 'That there are no other events is not proven. For that, leave the search empty.'
            : 'The bundle holds every event of a range of the tree.'}
        </Callout>
      </div>
    </Dialog>
  );
}
