'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Satellite } from 'lucide-react';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { useAction } from '@/components/shell/use-action';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { notify } from '@/components/ui/notify';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { SkeletonLines } from '@/components/ui/skeleton';
import type { SourceDto, SourceWithTokenDto } from '@/lib/access/event-sources/contract';
import { sourceKeys, sourcesQuery } from './event-sources.queries';
import { SourceDialog } from './source-dialog';
import { type Ending, SourceRow } from './source-row';
import { TokenDialog } from './token-dialog';

function EndDialog({ ending, onClose }: { ending: Ending; onClose: () => void }) {
  const formId = useId();
  const [reason, setReason] = useState('');
  const { source, token } = ending;
  const path = token
    ? `/detections/sources/${source.id}/tokens/${token.id}/revoke`
    : `/detections/sources/${source.id}/revoke`;
  const revoke = useAction<string>({
    run: (said) => apiFetch(path, { method: 'POST', body: { reason: said } }),
    refresh: [sourceKeys.all],
    done: () => ({ title: token ? 'Token revoked' : 'Event source revoked' }),
    failed: 'Could not revoke it',
  });
  const what = token ? `token ${token.prefix}…${token.last4}` : source.name;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Revoke ${what}`}
      description="Every gate refuses it from the next request. This cannot be undone."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="danger"
            disabled={reason.trim() === ''}
            loading={revoke.isPending}
          >
            Revoke
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          revoke.mutate(reason, { onSuccess: onClose });
        }}
      >
        <Field label="Reason">
          <Input value={reason} maxLength={300} onChange={(event) => setReason(event.currentTarget.value)} />
        </Field>
      </form>
    </Dialog>
  );
}

function useAddToken(onMade: (made: SourceWithTokenDto) => void) {
  const client = useQueryClient();
  const { keyFor, finish } = useIdempotencyKey();
  return useMutation({
    mutationFn: (source: SourceDto) =>
      apiFetch<SourceWithTokenDto>(`/detections/sources/${source.id}/tokens`, {
        method: 'POST',
        idempotencyKey: keyFor(source.id),
      }),
    onSuccess: (made) => {
      finish();
      onMade(made);
    },
    onError: (error) => notify({ kind: 'error', title: 'Could not add a token', description: error.message }),
    onSettled: () => client.invalidateQueries({ queryKey: sourceKeys.all }),
  });
}

type Open = { editing: SourceDto | null } | { made: SourceWithTokenDto } | { ending: Ending } | null;

export interface SourcesScreenProps {
  canWrite: boolean;
  title: string;
  tabs: ReactNode;
  /** What stands below the list. */
  children?: ReactNode;
}

/** Who may send events with a token in the URL. */
export function SourcesScreen({ canWrite, title, tabs, children }: SourcesScreenProps) {
  const [open, setOpen] = useState<Open>(null);
  const query = useQuery(sourcesQuery);
  const addToken = useAddToken((made) => setOpen({ made }));
  const add = () => setOpen({ editing: null });
  useShortcut('new', add, canWrite);
  const items = query.data?.items ?? [];
  return (
    <PageBody width="read">
      <PageHeader
        title={title}
        tabs={tabs}
        status="Falco cannot send a header: an event source gives it a URL of its own. Everything else uses a key."
        actions={
          canWrite ? (
            <Button variant="primary" onClick={add}>
              <Plus aria-hidden />
              Add event source
            </Button>
          ) : null
        }
      />
      <QueryProblem queries={[query]} title="Could not load event sources" />
      <Panel>
        {query.isPending ? (
          <div className="p-4">
            <SkeletonLines lines={4} label="Loading event sources" />
          </div>
        ) : null}
        {query.data && items.length === 0 ? (
          <EmptyState icon={<Satellite aria-hidden />} title="No event sources">
            For Falco without falcosidekick. A source works from the networks you name, with a client
            certificate, or both.
          </EmptyState>
        ) : null}
        <ul>
          {items.map((source) => (
            <SourceRow
              key={source.id}
              source={source}
              canWrite={canWrite}
              isBusy={addToken.isPending}
              onEdit={(editing) => setOpen({ editing })}
              onAddToken={(one) => addToken.mutate(one)}
              onEnd={(ending) => setOpen({ ending })}
            />
          ))}
        </ul>
      </Panel>
      {children ? (
        <PageSection title="Senders" description="Whoever has sent events so far, keys and sources.">
          {children}
        </PageSection>
      ) : null}
      {open && 'editing' in open ? (
        <SourceDialog
          source={open.editing}
          onClose={() => setOpen(null)}
          onSaved={(made) => setOpen(made?.url ? { made } : null)}
        />
      ) : null}
      {open && 'made' in open ? <TokenDialog made={open.made} onClose={() => setOpen(null)} /> : null}
      {open && 'ending' in open ? <EndDialog ending={open.ending} onClose={() => setOpen(null)} /> : null}
    </PageBody>
  );
}
