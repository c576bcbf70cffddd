'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { ErrorState } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { Status } from '@/components/ui/status';
import type { ExplainedLimitsDto } from '@/lib/platform/rate-limit/contract';
import { MISS_WORDS, windowWords } from './limit-words';
import { explainLimits } from './rate-limits.queries';

const SIDES = [
  { value: 'gate', label: 'Gate' },
  { value: 'console', label: 'Console and management API' },
] as const;
const TEXTS = [
  { name: 'method', label: 'Method', start: 'GET', hint: undefined },
  { name: 'host', label: 'Host', start: '', hint: undefined },
  { name: 'path', label: 'Path', start: '/', hint: undefined },
  { name: 'ip', label: 'Address', start: '', hint: 'An IPv4 or IPv6 address' },
  { name: 'user', label: 'User', start: '', hint: 'Any user ID, to test as a signed-in user' },
  { name: 'key', label: 'Key', start: '', hint: 'Any key ID, to test as a key' },
] as const;

type Name = (typeof TEXTS)[number]['name'];

function Answer({ answer }: { answer: ExplainedLimitsDto }) {
  const applying = answer.rules.filter(({ miss }) => miss === null);
  const others = answer.rules.filter(({ miss }) => miss !== null);
  return (
    <div className="flex flex-col gap-3" aria-live="polite">
      <p className="font-medium">
        {applying.length === 0
          ? 'No limit applies.'
          : `${applying.length} of ${answer.rules.length} limits apply.`}
      </p>
      <ul className="flex flex-col divide-y divide-line border-line border-y text-sm">
        {[...applying, ...others].map(({ rule, miss, subject }) => (
          <li key={rule.name} className="grid gap-x-4 gap-y-0.5 py-2 sm:grid-cols-[8rem_12rem_1fr]">
            <Status tone={miss === null ? 'success' : 'neutral'}>
              {miss === null ? 'Applies' : 'Does not'}
            </Status>
            <code className="font-mono">
              {rule.name} <span className="text-faint">line {rule.line}</span>
            </code>
            <span className="min-w-0 break-words">
              {miss === null ? (
                <>
                  {rule.windows.map(windowWords).join(', ')} for{' '}
                  <code className="font-mono text-sm">{subject}</code>
                </>
              ) : (
                <span className="text-muted">{MISS_WORDS[miss]}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** "What would apply to…": describes a request and shows what the policy in force says of it. */
export function ExplainForm() {
  const [side, setSide] = useState<'gate' | 'console'>('gate');
  const [texts, setTexts] = useState<Record<Name, string>>(
    () => Object.fromEntries(TEXTS.map(({ name, start }) => [name, start])) as Record<Name, string>,
  );
  const explain = useMutation({ mutationFn: explainLimits });
  const fields = explain.error instanceof ApiError ? explain.error.fields : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    explain.mutate({ at: side, ...texts });
  };
  return (
    <div className="flex flex-col gap-4">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Field label="Surface">
            <Select options={SIDES} value={side} onValueChange={setSide} />
          </Field>
          {TEXTS.map(({ name, label, hint }) => (
            <Field
              key={name}
              label={label}
              hint={hint}
              error={fields.find(({ path }) => path === name)?.message}
            >
              <Input
                mono
                value={texts[name]}
                onChange={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
              />
            </Field>
          ))}
        </div>
        <div>
          <Button type="submit" loading={explain.isPending}>
            Test request
          </Button>
        </div>
      </form>
      {explain.error && fields.length === 0 ? (
        <ErrorState
          title="Could not test the request"
          requestId={explain.error instanceof ApiError ? (explain.error.requestId ?? undefined) : undefined}
        >
          {explain.error.message}
        </ErrorState>
      ) : null}
      {explain.data ? <Answer answer={explain.data} /> : null}
    </div>
  );
}
