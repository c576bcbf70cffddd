export function environmentOf(
  kind: 'web' | 'gate' | 'worker' | 'local-idp' | 'migrate',
  variables: Record<string, string | undefined>,
): Record<string, string>;
export const GATE_FLAGS: readonly string[];
