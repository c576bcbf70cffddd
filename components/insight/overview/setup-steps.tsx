'use client';

import { Check } from 'lucide-react';
import { ButtonLink } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { CodeBlock } from '@/components/ui/code-block';
import { PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Time } from '@/components/ui/time';
import type { OverviewDto } from '@/lib/insight/overview/contract';
import { STEP_TEXT } from './overview-words';

/** The request of the third step, working as it stands but for the two keys. */
export function verifyCommand(gateUrl: string): string {
  return [
    `curl -s ${gateUrl}/v1/verify \\`,
    '  -H "Authorization: Bearer $GATE_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    '  -d \'{"key": "\'$SERVICE_KEY\'"}\'',
  ].join('\n');
}

function StepMark({ isDone, number }: { isDone: boolean; number: number }) {
  return (
    <span
      className={cn(
        'mt-px flex size-5 shrink-0 items-center justify-center rounded-full border text-xs font-medium',
        isDone ? 'border-success-line bg-success-wash text-success-text' : 'border-line-strong text-muted',
      )}
    >
      {isDone ? <Check aria-hidden className="size-3" /> : number}
      <span className="sr-only">{isDone ? 'Done' : 'To do'}</span>
    </span>
  );
}

/** The first way through the product; each step ticks itself from data and the block leaves when all are done. */
export function SetupSteps({ steps, gateUrl }: { steps: OverviewDto['steps']; gateUrl: string }) {
  const next = steps.find((step) => step.doneAt === null)?.step;
  const done = steps.filter((step) => step.doneAt !== null).length;
  return (
    <PageSection
      title="Get started"
      description={`${done} of ${steps.length} done. Each step is marked done automatically.`}
    >
      <Panel>
        <ol>
          {steps.map(({ step, doneAt }, index) => {
            const text = STEP_TEXT[step];
            const isNext = step === next;
            return (
              <li
                key={step}
                className={cn(
                  'flex flex-col gap-3 border-line border-t px-4 py-3 first:border-t-0',
                  doneAt && 'py-2',
                  isNext && 'bg-accent-wash',
                )}
              >
                <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
                  <StepMark isDone={doneAt !== null} number={index + 1} />
                  <div className="flex min-w-0 flex-1 basis-52 flex-col">
                    <span className={cn('font-medium', doneAt && 'text-muted')}>{text.title}</span>
                    {doneAt ? null : <span className="text-sm text-muted">{text.text}</span>}
                  </div>
                  {doneAt ? (
                    <Time value={doneAt} mode="relative" className="text-sm text-faint" />
                  ) : (
                    <ButtonLink href={text.href} size="sm" variant={isNext ? 'primary' : 'secondary'}>
                      {text.action}
                    </ButtonLink>
                  )}
                </div>
                {isNext && step === 'first_request' ? (
                  <CodeBlock code={verifyCommand(gateUrl)} caption="Terminal" copyLabel="Copy command" />
                ) : null}
              </li>
            );
          })}
        </ol>
      </Panel>
    </PageSection>
  );
}
