import { BackendError, type ProofOfDenial, type ReadSecret } from './backend';
import type { VaultClient } from './vault-client';

const PATHS_PER_CALL = 200;
/** Who may change policies could allow itself to read. */
const POLICY_PATH = 'sys/policies/acl/bulwark-proof';
const READS = new Set(['read', 'root']);
const CHANGES = new Set(['create', 'update', 'patch', 'root', 'sudo']);

/** Where the value of a secret could be read. */
function valuePathOf({ path, kind }: ReadSecret, mounts: ReadonlyMap<string, string>): string {
  if (kind === 'database_login') return path.replace('/static-roles/', '/static-creds/');
  if (kind === 'database_dynamic') return path.replace('/roles/', '/creds/');
  const mount = [...mounts.keys()].find((one) => path.startsWith(`${one}/`)) ?? '';
  return `${mount}/data/${path.slice(mount.length + 1)}`;
}

function proofOf(paths: number, readable: readonly string[], canChangePolicies: boolean): ProofOfDenial {
  if (readable.length > 0) {
    const [first] = readable;
    const more = readable.length > 1 ? ` and ${readable.length - 1} more` : '';
    const sentence = `Can read values: the policy allows ${first}${more}. Deny the data paths for Bulwark's identity.`;
    return { outcome: 'readable', sentence, paths };
  }
  if (canChangePolicies) {
    const sentence =
      'Can read values: the identity may change policies, so it could allow itself to. Deny sys/policies.';
    return { outcome: 'readable', sentence, paths };
  }
  const what = paths === 1 ? '1 path of a value is' : `${paths} paths of values are`;
  return { outcome: 'denied', sentence: `Cannot read values: ${what} denied to Bulwark's identity.`, paths };
}

/** What the identity may do on each path, as the server itself says. @throws BackendError where it does not say it of all */
async function capabilitiesOf(
  client: VaultClient,
  token: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const answer = await client.post('sys/capabilities-self', token, { paths }, signal);
  return new Map(
    paths.map((path) => {
      const capabilities = answer?.data[path];
      if (Array.isArray(capabilities)) return [path, capabilities.map(String)];
      const sentence = `${client.host} did not say what Bulwark's identity may do. Check its version.`;
      throw new BackendError('bad_answer', sentence);
    }),
  );
}

/** Asks the server whether this token could read values, of secrets that exist and of ones that do not yet; reads none. */
export async function proveDenied(
  client: VaultClient,
  token: string,
  secrets: readonly ReadSecret[],
  mounts: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<ProofOfDenial> {
  const kv = [...mounts]
    .filter(([, engine]) => engine === 'kv')
    .map(([mount]) => `${mount}/data/bulwark-proof`);
  const paths = [...secrets.map((one) => valuePathOf(one, mounts)), ...kv];
  const readable: string[] = [];
  let canChangePolicies = false;
  for (let at = 0; at < paths.length || at === 0; at += PATHS_PER_CALL) {
    const asked = paths.slice(at, at + PATHS_PER_CALL);
    const capabilities = await capabilitiesOf(client, token, [...asked, POLICY_PATH], signal);
    const has = (path: string, wanted: ReadonlySet<string>) =>
      capabilities.get(path)?.some((one) => wanted.has(one)) ?? false;
    readable.push(...asked.filter((path) => has(path, READS)));
    canChangePolicies ||= has(POLICY_PATH, CHANGES);
  }
  return proofOf(paths.length, readable, canChangePolicies);
}
