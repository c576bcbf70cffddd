/** What a request at a route turned out to be. */
export interface Identity {
  subject: string;
  kind: 'key' | 'supabase' | 'anonymous';
  tenantId: string;
  keyId: string;
  scopes: readonly string[];
  rotation: string;
}

/** The names under which the gate says who asks: a proxy overwrites or strips them on what a client sent. */
export const IDENTITY_HEADERS = [
  'X-Auth-Subject',
  'X-Auth-Kind',
  'X-Auth-Tenant',
  'X-Auth-Key-Id',
  'X-Auth-Scopes',
  'X-Key-Rotation',
] as const;

/** Raw pairs, name and value in turn. All of them, empty where they do not apply. */
export function identityHeaders({ subject, kind, tenantId, keyId, scopes, rotation }: Identity): string[] {
  const values = [subject, kind, tenantId, keyId, scopes.join(' '), rotation];
  return IDENTITY_HEADERS.flatMap((name, i) => [name, values[i] ?? '']);
}

export const ANONYMOUS_HEADERS = identityHeaders({
  subject: '',
  kind: 'anonymous',
  tenantId: '',
  keyId: '',
  scopes: [],
  rotation: '',
});
