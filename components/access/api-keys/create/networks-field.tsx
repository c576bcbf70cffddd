import { Field } from '@/components/ui/field';
import { TokenInput } from '@/components/ui/token-input';
import { networkProblem, normalizeNetwork } from './key-form';

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
      hint="IP addresses or CIDR ranges that can use this key. Leave empty to allow any address."
      error={
        error
          ? 'One of the networks is not valid. Enter addresses or CIDR ranges such as 10.0.0.0/8.'
          : undefined
      }
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
