'use client';

import { Siren } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { CodeBlock } from '@/components/ui/code-block';
import { Tabs } from '@/components/ui/tabs';
import type { DetectionKind } from '@/lib/response/detections/contract';
import { alertmanagerYaml, falcoYaml, sidekickYaml, tryCommand } from './setup-snippets';
import { TestEventButton } from './test-event-button';

export interface Installation {
  gateUrl: string;
  consoleUrl: string;
}

type Way = 'sidekick' | 'falco' | 'alertmanager' | 'curl';

const KEY_PATH = '/keys/new';

/** How events come in, for this installation as it stands; and a button that proves it. */
export function SetupGuide({ installation, canWrite }: { installation: Installation; canWrite: boolean }) {
  const [way, setWay] = useState<Way>('sidekick');
  const kind: DetectionKind = way === 'alertmanager' ? 'alertmanager' : 'falco';
  const key = (
    <>
      <Link href={KEY_PATH} className="text-accent-text underline">
        Create a key
      </Link>{' '}
      with the scope <code className="text-xs">events:write</code>
    </>
  );
  return (
    <div className="mx-auto flex w-full min-w-0 max-w-[680px] flex-col items-start gap-4 px-4 py-10">
      <span className="text-faint [&_.lucide]:size-5">
        <Siren aria-hidden />
      </span>
      <div className="flex flex-col gap-1">
        <h2 className="text-lg font-semibold">No detections yet</h2>
        <p className="text-base text-muted">
          Send events of Falco and alerts of Prometheus to the gate. They are grouped by rule and workload,
          rated, and kept with what was received.
        </p>
      </div>
      <div className="w-full min-w-0">
        <Tabs<Way>
          label="Ways to send events"
          value={way}
          onValueChange={setWay}
          tabs={[
            {
              value: 'sidekick',
              label: 'falcosidekick',
              content: (
                <Snippet code={sidekickYaml(installation)} copyLabel="Copy config.yaml">
                  {key}, and put it in place of &lt;key&gt;.
                </Snippet>
              ),
            },
            {
              value: 'falco',
              label: 'Falco',
              content: (
                <Snippet code={falcoYaml(installation)} copyLabel="Copy falco.yaml">
                  Falco cannot send a header:{' '}
                  <Link href="/detections/sources" className="text-accent-text underline">
                    create an event source
                  </Link>{' '}
                  and put its token into the URL.
                </Snippet>
              ),
            },
            {
              value: 'alertmanager',
              label: 'Alertmanager',
              content: (
                <Snippet code={alertmanagerYaml(installation)} copyLabel="Copy alertmanager.yml">
                  {key}, and write it to the file that credentials_file names.
                </Snippet>
              ),
            },
            {
              value: 'curl',
              label: 'curl',
              content: (
                <Snippet code={tryCommand(installation)} copyLabel="Copy curl command">
                  {key}. With strict=1 the response says what is wrong with an event.
                </Snippet>
              ),
            },
          ]}
        />
      </div>
      {canWrite ? <TestEventButton kind={kind} /> : null}
    </div>
  );
}

function Snippet({ code, copyLabel, children }: { code: string; copyLabel: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-2 pt-3">
      <p className="text-muted text-sm">{children}</p>
      <CodeBlock code={code} copyLabel={copyLabel} />
    </div>
  );
}
