'use client';

import { useQuery } from '@tanstack/react-query';
import { RefreshCw, Server } from 'lucide-react';
import Link from 'next/link';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { BACKEND_KINDS, SCAN_KINDS, type SecretBackendDto } from '@/lib/access/secrets/contract';
import { SecretTabs } from './secret-tabs';
import { BACKEND_STATES } from './secret-words';
import { backendsQuery, secretKeys } from './secrets.queries';

const isScanned = ({ kind }: SecretBackendDto) => SCAN_KINDS.some((one) => one === kind);
const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

function CheckNow({ backend }: { backend: SecretBackendDto }) {
  const check = useAction<void>({
    run: () => apiFetch(`/secret-backends/${backend.id}/check`, { method: 'POST' }),
    refresh: [secretKeys.backends],
    done: () => ({ title: `The worker is reading ${backend.name}` }),
    failed: 'Could not ask the worker to read it',
  });
  return (
    <Button loading={check.isPending} onClick={() => check.mutate()}>
      <RefreshCw aria-hidden />
      Check now
    </Button>
  );
}

/** Whether the console could read values there; of places that have no such question, nothing. */
function Proof({ backend }: { backend: SecretBackendDto }) {
  const { proof, isProvable } = backend;
  if (!isProvable) return null;
  if (!proof)
    return <span className="text-muted text-sm">Whether values are readable is not checked yet.</span>;
  const words = {
    denied: `Reading values was denied at ${counted(proof.paths, 'path', 'paths')}, checked`,
    readable: 'Reading values was allowed when checked',
    unknown: 'Could not be proven when checked',
  }[proof.outcome];
  return (
    <span className="text-muted text-sm">
      {words} <Time value={proof.at} mode="relative" />.
    </span>
  );
}

function LastRead({ backend }: { backend: SecretBackendDto }) {
  const { readAt, readBy, problem } = backend;
  return (
    <span className="text-muted text-sm">
      {isScanned(backend) ? 'Scanned ' : 'Read '}
      <Time value={readAt} mode="relative" empty="never" />
      {readBy ? ` by ${readBy}` : ''}
      {problem ? (
        <>
          , failing since <Time value={problem.since} mode="relative" />
        </>
      ) : null}
      .
    </span>
  );
}

function Holds({ backend }: { backend: SecretBackendDto }) {
  const { id, secrets, exposed, references } = backend;
  return (
    <span className="text-muted text-sm">
      <Link href={`/secrets?q=source:${id}`} className="text-accent-text underline-offset-2 hover:underline">
        {counted(secrets, 'secret', 'secrets')}
      </Link>
      {exposed > 0 ? `, ${exposed} exposed` : ''}
      {references > 0 ? `, ${counted(references, 'reference', 'references')} to other places` : ''}
    </span>
  );
}

function Row({ backend, canWrite }: { backend: SecretBackendDto; canWrite: boolean }) {
  const { tone, word, icon } = BACKEND_STATES[backend.state];
  const { name, kind, product } = backend;
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-line border-t px-4 py-3 first:border-t-0">
      <div className="flex min-w-0 flex-1 basis-60 flex-col">
        <span className="font-medium">
          {BACKEND_KINDS[kind]} {product ? <span className="font-normal text-faint">{product}</span> : null}
        </span>
        {name === BACKEND_KINDS[kind] ? null : (
          <span className="font-mono text-muted text-sm break-all">{name}</span>
        )}
        <Holds backend={backend} />
      </div>
      <div className="flex min-w-0 flex-1 basis-72 flex-col gap-0.5">
        <Status tone={tone} icon={icon}>
          {isScanned(backend) && backend.state === 'ok' ? 'Scanned' : word}
        </Status>
        {backend.sentence ? <span className="text-sm break-words">{backend.sentence}</span> : null}
        <Proof backend={backend} />
        <LastRead backend={backend} />
      </div>
      <div className="flex w-32 justify-end max-sm:w-full max-sm:justify-start">
        {canWrite && backend.isProvable ? <CheckNow backend={backend} /> : null}
      </div>
    </li>
  );
}

const SCAN = [
  'bulwark secrets scan-compose docker-compose.yml .env',
  'kubectl get secrets,pods -A -o json | bulwark secrets scan-k8s /dev/stdin --source production',
  'sudo -E bulwark secrets scan-proc 4242',
].join('\n');

const CONNECT = [
  '# HashiCorp Vault or OpenBao',
  'VAULT_ADDR=https://vault.example.org:8200',
  'VAULT_ROLE_ID=…',
  'VAULT_SECRET_ID_FILE=/run/secrets/vault-secret-id',
  '',
  '# AWS Secrets Manager, with the credentials of the host or task',
  'AWS_REGION=eu-central-1',
].join('\n');

/** Where secrets are kept or were seen, whether each could be read, and the proof that values cannot be. */
export function BackendsScreen({ canWrite }: { canWrite: boolean }) {
  const backends = useQuery(backendsQuery);
  const items = backends.data?.items ?? [];
  const unwell = items.filter(({ state }) => state !== 'ok').length;
  return (
    <PageBody width="read">
      <PageHeader
        title="Secrets"
        status={statusOf(items.length, unwell)}
        tabs={<SecretTabs current="/secrets/backends" />}
      />
      <QueryProblem queries={[backends]} title="Could not refresh the backends" />
      {backends.isSuccess && items.length === 0 ? (
        <EmptyState icon={<Server aria-hidden />} title="No backend has been read yet">
          Connect a server below, or scan the machines that hold secrets.
        </EmptyState>
      ) : null}
      {items.length > 0 ? (
        <Panel>
          <ul>
            {items.map((backend) => (
              <Row key={backend.id} backend={backend} canWrite={canWrite} />
            ))}
          </ul>
        </Panel>
      ) : null}
      <PageSection
        title="Connect a server"
        description="Settings of the worker. It lists metadata every hour and proves every day that it cannot read values."
      >
        <CodeBlock code={CONNECT} caption="Environment of the worker" copyLabel="Copy settings" />
      </PageSection>
      <PageSection
        title="Scan a machine"
        description="Run where the files are. Names and places are uploaded; values stay on the machine. Add --dry-run to see what would be sent."
      >
        <CodeBlock code={SCAN} caption="Needs BULWARK_URL and BULWARK_API_KEY" copyLabel="Copy commands" />
      </PageSection>
    </PageBody>
  );
}

function statusOf(all: number, unwell: number): string {
  if (all === 0) return 'Servers, machines and repositories that hold secrets.';
  if (unwell === 0) return 'All backends were read completely.';
  return unwell === 1 ? '1 backend needs attention.' : `${unwell} backends need attention.`;
}
