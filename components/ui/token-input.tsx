'use client';

import { X } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button';
import { Input } from './input';

export interface TokenInputProps {
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** Brings what was typed into its stored form. */
  normalize?: (text: string) => string;
  /** What is wrong with a value, or null; a wrong one is not added. */
  problemOf?: (value: string) => string | null;
  placeholder?: string;
  mono?: boolean;
  /** Said of one value: "network", "tag". */
  noun: string;
  max: number;
}

/** A list of short values: Enter, comma, paste or leaving the field adds, each has its own remove button. */
export function TokenInput({
  values,
  onChange,
  normalize = (text) => text.trim(),
  problemOf = () => null,
  placeholder,
  mono,
  noun,
  max,
}: TokenInputProps) {
  const [draft, setDraft] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const add = (text: string) => {
    const parts = text
      .split(/[\s,;]+/)
      .map(normalize)
      .filter((part) => part !== '');
    const wrong = parts.find((part) => problemOf(part) !== null);
    const right = parts.filter((part) => problemOf(part) === null && !values.includes(part));
    const next = [...values, ...new Set(right)].slice(0, max);
    if (next.length > values.length) onChange(next);
    setDraft(wrong ?? '');
    setProblem(wrong ? problemOf(wrong) : null);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <Input
        mono={mono}
        value={draft}
        placeholder={placeholder}
        spellCheck={false}
        disabled={values.length >= max}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setProblem(null);
          if (/[,;\n]/.test(text)) add(text);
          else setDraft(text);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && draft.trim() !== '') {
            event.preventDefault();
            add(draft);
          }
          if (event.key === 'Backspace' && draft === '' && values.length > 0) onChange(values.slice(0, -1));
        }}
        onPaste={(event) => {
          const text = event.clipboardData.getData('text');
          if (!/[\s,;]/.test(text.trim())) return;
          event.preventDefault();
          add(draft + text);
        }}
        onBlur={() => add(draft)}
      />
      {problem ? (
        <p role="alert" className="text-xs text-danger-text">
          {problem}
        </p>
      ) : null}
      {values.length > 0 ? (
        <ul className="flex flex-wrap gap-1.5" aria-label={`Chosen ${noun}s`}>
          {values.map((value) => (
            <li key={value}>
              <Button
                size="sm"
                aria-label={`Remove ${noun} ${value}`}
                className={mono ? 'font-mono' : undefined}
                onClick={() => onChange(values.filter((other) => other !== value))}
              >
                {value}
                <X aria-hidden className="size-3.5 text-faint" />
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
