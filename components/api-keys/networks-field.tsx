import { Field } from '@/components/ui/field';
import { networkProblem, normalizeNetwork } from './key-form.utils';
import { TokenInput } from './token-input';

export function NetworksField({
  value,
  onChange,
  error,
}: {
  value: readonly string[];
  onChange: (networks: string[]) => void;
  error?: unknown;
}) {
  return (
    <Field
      label="Allowed networks"
      hint="Addresses or ranges the key may be used from. Empty: from anywhere."
      error={error ? 'One of the networks is not valid.' : undefined}
    >
      <TokenInput
        mono
        noun="network"
        max={50}
        placeholder="10.0.0.0/8"
        values={value}
        onChange={onChange}
        normalize={normalizeNetwork}
        problemOf={networkProblem}
      />
    </Field>
  );
}
