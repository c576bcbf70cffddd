'use client';

import { useState } from 'react';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { RadioGroup } from '@/components/ui/radio-group';
import { TokenInput } from '@/components/ui/token-input';
import { PERMISSIONS, type Permission } from '@/lib/platform/auth/contract';
import { isPermission, serviceScopeProblem } from '@/lib/platform/auth/scope-contract';
import { presetOf, type ScopePreset, scopeGroups, scopePresets } from './key-form';

export interface ScopePickerProps {
  value: readonly string[];
  onChange: (scopes: string[]) => void;
  /** What the person may give: never more than they may do. */
  grantable: readonly Permission[];
}

/** A preset, or each scope by itself; the sum says how much the key may do. */
export function ScopePicker({ value, onChange, grantable }: ScopePickerProps) {
  const [preset, setPreset] = useState<ScopePreset>(presetOf(value));
  const choose = (next: ScopePreset) => {
    setPreset(next);
    const scopes = scopePresets.find(({ id }) => id === next)?.scopes ?? [];
    if (next !== 'custom') onChange(scopes.filter((scope) => grantable.includes(scope)));
  };
  return (
    <div className="flex flex-col gap-3">
      <RadioGroup
        aria-label="Scopes"
        layout="boxes"
        value={preset}
        onValueChange={choose}
        options={scopePresets.map(({ id, label, hint, scopes }) => ({
          value: id,
          label,
          hint,
          disabled: id !== 'custom' && !scopes.some((scope) => grantable.includes(scope)),
        }))}
      />
      {preset === 'custom' ? (
        <>
          <ServiceScopes value={value} onChange={onChange} />
          <ScopeTable value={value} onChange={onChange} grantable={grantable} />
        </>
      ) : null}
    </div>
  );
}

function ServiceScopes({ value, onChange }: Omit<ScopePickerProps, 'grantable'>) {
  return (
    <Field
      label="Scopes of your services"
      hint="Scopes that your gate routes require, such as orders:read. They grant no access to Bulwark."
    >
      <TokenInput
        mono
        noun="scope"
        max={50}
        placeholder="orders:read"
        values={value.filter((scope) => !isPermission(scope))}
        onChange={(scopes) => onChange([...value.filter(isPermission), ...scopes])}
        normalize={(text) => text.trim().toLowerCase()}
        problemOf={serviceScopeProblem}
      />
    </Field>
  );
}

function ScopeTable({ value, onChange, grantable }: ScopePickerProps) {
  const toggle = (scope: Permission, on: boolean) =>
    onChange(on ? [...value, scope] : value.filter((other) => other !== scope));
  return (
    <div className="overflow-hidden rounded-md border border-line-strong">
      <p aria-live="polite" className="border-b border-line bg-sunken px-3 py-1.5 text-xs text-muted">
        {value.length === 0
          ? 'No scopes selected'
          : `${value.length} ${value.length === 1 ? 'scope' : 'scopes'} chosen`}
      </p>
      <div className="divide-y divide-line">
        {scopeGroups(grantable).map(({ resource, scopes }) => (
          <fieldset key={resource} className="grid gap-x-4 gap-y-1.5 px-3 py-2 sm:grid-cols-[88px_1fr]">
            <legend className="float-left text-sm font-medium capitalize sm:contents">
              <span className="sm:pt-0.5">{resource}</span>
            </legend>
            <div className="flex flex-col gap-1.5">
              {scopes.map((scope) => (
                <Checkbox
                  key={scope}
                  label={<code className="text-sm">{scope}</code>}
                  hint={PERMISSIONS[scope]}
                  checked={value.includes(scope)}
                  onCheckedChange={(checked) => toggle(scope, checked === true)}
                />
              ))}
            </div>
          </fieldset>
        ))}
      </div>
    </div>
  );
}
