export interface SnippetInput {
  secret: string;
  scopes: readonly string[];
  /** Origins without a slash at the end. */
  gateUrl: string;
  consoleUrl: string;
}

export type SnippetId = 'raw' | 'env' | 'curl' | 'compose' | 'github';

export interface Snippet {
  id: SnippetId;
  label: string;
  /** Where it belongs, or what it does. */
  note: string;
  code: string;
}

const VARIABLE = 'BULWARK_API_KEY';

const MANAGEMENT_READS: readonly [scope: string, path: string][] = [
  ['keys:read', '/api/v1/keys'],
  ['audit:read', '/api/v1/audit-events'],
];

function verifyCall(gateUrl: string, caller: string, key: string): string {
  return [
    `curl -sS ${gateUrl}/v1/verify \\`,
    `  -H 'Authorization: Bearer ${caller}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"key":"${key}"}'`,
  ].join('\n');
}

function curlOf({ secret, scopes, gateUrl, consoleUrl }: SnippetInput): { note: string; code: string } {
  if (scopes.includes('gate:verify')) {
    return {
      note: 'Verifies this key with the gate. The response contains "valid": true, and the request appears in the audit log.',
      code: verifyCall(gateUrl, secret, secret),
    };
  }
  const read = MANAGEMENT_READS.find(([scope]) => scopes.includes(scope));
  if (read) {
    return {
      note: 'Calls the management API with this key.',
      code: `curl -sS ${consoleUrl}${read[1]} \\\n  -H 'Authorization: Bearer ${secret}'`,
    };
  }
  return {
    note: 'Verifies this key with the gate. The calling service authenticates with its own key, which needs the gate:verify scope.',
    code: verifyCall(gateUrl, 'KEY_WITH_GATE_VERIFY', secret),
  };
}

/** The same secret in every form in which it is usually stored. */
export function secretSnippets(input: SnippetInput): Snippet[] {
  return [
    { id: 'raw', label: 'Secret', note: 'The secret as it is sent.', code: input.secret },
    {
      id: 'env',
      label: '.env',
      note: 'A line of an env file. Keep the file out of the repository.',
      code: `${VARIABLE}=${input.secret}`,
    },
    { id: 'curl', label: 'curl', ...curlOf(input) },
    {
      id: 'compose',
      label: 'Compose',
      note: 'Reads the .env line beside it, so the secret stays out of docker-compose.yml.',
      code: [
        'services:',
        '  app:',
        '    environment:',
        `      ${VARIABLE}: \${${VARIABLE}:?put the key into .env}`,
      ].join('\n'),
    },
    {
      id: 'github',
      label: 'GitHub',
      note: 'Run it in the repository. The space in front keeps it out of the history of most shells.',
      code: ` gh secret set ${VARIABLE} --body '${input.secret}'`,
    },
  ];
}

/** The text with the secret hidden but for its public beginning. */
export function maskSecret(text: string, secret: string, visiblePrefix: number): string {
  if (secret === '') return text;
  return text.replaceAll(secret, `${secret.slice(0, visiblePrefix)}${'•'.repeat(24)}`);
}
