'use client';

import { useState } from 'react';
import { keyKeys } from '@/components/access/api-keys/api-keys.queries';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Switch } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type {
  KeyRotationDto,
  RotationOverride,
  SetKeyRotationInput,
} from '@/lib/access/api-keys/rotation-contract';
import { deliveryOptions, graceOptions, unusedOptions } from './rotation-words';

const AS_POLICY = 'policy';

function withPolicy<V extends string>(options: readonly { value: V; label: string }[]) {
  return [{ value: AS_POLICY as V | typeof AS_POLICY, label: 'Use the policy setting' }, ...options];
}

interface Draft {
  isOff: boolean;
  periodDays: string;
  override: RotationOverride;
  publicKey: string;
  fileName: string;
}

function inputOf(draft: Draft, rotation: KeyRotationDto): SetKeyRotationInput {
  const { periodDays: _periodDays, ...override } = draft.override;
  const days = draft.periodDays.trim();
  const publicKey = draft.publicKey.trim();
  return {
    isOff: draft.isOff,
    override: { ...override, ...(days === '' ? {} : { periodDays: Number(days) }) },
    fileName: draft.fileName.trim() || null,
    ...(publicKey === '' ? {} : { publicKey }),
    ...(publicKey === '' && rotation.publicKey && draft.override.delivery !== 'jwe'
      ? { publicKey: null }
      : {}),
  };
}

/** The override with a field set, or taken out where the policy shall decide. */
function changed<F extends keyof RotationOverride>(
  override: RotationOverride,
  field: F,
  value: RotationOverride[F] | typeof AS_POLICY,
): RotationOverride {
  const { [field]: _before, ...rest } = override;
  return value === AS_POLICY ? rest : { ...rest, [field]: value };
}

/** What one key does otherwise than the policy of its tenant. */
export function RotationSettingsDialog({
  rotation,
  onClose,
}: {
  rotation: KeyRotationDto;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState<Draft>({
    isOff: rotation.isOff,
    periodDays: rotation.override.periodDays?.toString() ?? '',
    override: rotation.override,
    publicKey: '',
    fileName: rotation.fileName ?? '',
  });
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const override = <F extends keyof RotationOverride>(
    field: F,
    value: RotationOverride[F] | typeof AS_POLICY,
  ) => set({ override: changed(draft.override, field, value) });
  const save = useAction<SetKeyRotationInput>({
    run: (body) =>
      apiFetch(`/keys/${rotation.keyId}/rotation`, {
        method: 'PATCH',
        body,
        ifMatch: `"${rotation.version}"`,
      }),
    refresh: [keyKeys.detail(rotation.keyId)],
    done: () => {
      onClose();
      return { title: 'Rotation settings saved' };
    },
    failed: 'Could not save the rotation settings',
  });
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Rotation of this key"
      description="Fields that use the policy setting change when the policy changes."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            loading={save.isPending}
            onClick={() => save.mutate(inputOf(draft, rotation))}
          >
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Switch
          label="Never rotate this key automatically"
          checked={draft.isOff}
          onCheckedChange={(isOff) => set({ isOff })}
        />
        <Field
          label="Rotate every (days)"
          hint={`Leave empty to use the policy setting.`}
          className="max-w-48"
        >
          <Input
            type="number"
            min={1}
            placeholder={String(rotation.rules.periodDays)}
            value={draft.periodDays}
            onChange={(event) => set({ periodDays: event.target.value })}
          />
        </Field>
        <Field label="Grace period for the old secret">
          <Select
            options={withPolicy(graceOptions)}
            value={draft.override.grace ?? AS_POLICY}
            onValueChange={(grace) => override('grace', grace)}
          />
        </Field>
        <Field label="If the new secret is not used in time">
          <Select
            options={withPolicy(unusedOptions)}
            value={draft.override.onUnused ?? AS_POLICY}
            onValueChange={(onUnused) => override('onUnused', onUnused)}
          />
        </Field>
        <Field
          label="Delivery method"
          hint="The service needs the keys:self-rotate scope to fetch its new secret."
        >
          <Select
            options={withPolicy(deliveryOptions)}
            value={draft.override.delivery ?? AS_POLICY}
            onValueChange={(delivery) => override('delivery', delivery)}
          />
        </Field>
        <DeliveryFields draft={draft} set={set} rotation={rotation} />
        {save.error ? <Callout tone="danger">{save.error.message}</Callout> : null}
      </div>
    </Dialog>
  );
}

function DeliveryFields({
  draft,
  set,
  rotation,
}: {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  rotation: KeyRotationDto;
}) {
  const delivery = draft.override.delivery ?? rotation.rules.delivery;
  if (delivery === 'jwe') {
    const known = rotation.publicKey;
    const hint = known
      ? `Now: ${known.kind}, ${known.thumbprint}. Paste another to replace it.`
      : 'PEM or JWK (RSA, EC or X25519). Never paste the private key.';
    return (
      <Field label="Public key of the owner" hint={hint}>
        <Textarea
          mono
          rows={5}
          placeholder="-----BEGIN PUBLIC KEY-----"
          value={draft.publicKey}
          onChange={(event) => set({ publicKey: event.target.value })}
        />
      </Field>
    );
  }
  if (delivery !== 'file') return null;
  const hint = rotation.isFileDeliveryPossible
    ? 'Below the directory that the worker has mounted and the slug of the tenant.'
    : 'File delivery is unavailable because ROTATION_SECRETS_DIR is not set on the worker.';
  return (
    <Field label="File name" hint={hint}>
      <Input
        mono
        placeholder="billing.key"
        value={draft.fileName}
        onChange={(event) => set({ fileName: event.target.value })}
      />
    </Field>
  );
}
