import { describe, expect, it } from 'vitest';
import { CREDENTIAL_KIND_NAMES, type CredentialKind } from '@/lib/access/gate-routes/contract';
import { parseGatePolicy } from '@/lib/access/gate-routes/route-table';
import { credentialAt, sessionIn } from './present';

function routeWith(accept: readonly CredentialKind[]) {
  const text = `version: 1\nroutes: [{ name: r, path: /**, access: authenticated, accept: [${accept.join(', ')}] }]`;
  const [route] = parseGatePolicy(text, 'gate.yaml').table.routes;
  if (!route) throw new Error('no route');
  return route;
}

const KEY = 'blw_live_x';
const at = (accept: readonly CredentialKind[], headers: Record<string, string>) =>
  credentialAt(routeWith(accept), new Map(Object.entries(headers)));

describe('credentialAt', () => {
  it.each([
    ['key:x-api-key', { 'x-api-key': KEY }, { kind: 'key', via: 'key:x-api-key', key: KEY }],
    ['key:bearer', { authorization: `bearer  ${KEY}` }, { kind: 'key', via: 'key:bearer', key: KEY }],
    [
      'key:proxy-authorization',
      { 'proxy-authorization': `Bearer ${KEY}` },
      { kind: 'key', via: 'key:proxy-authorization', key: KEY },
    ],
    [
      'supabase:bearer',
      { authorization: 'Bearer a.b.c' },
      { kind: 'token', via: 'supabase:bearer', token: 'a.b.c' },
    ],
    [
      'supabase:cookie',
      { cookie: 'sb-access-token=a.b.c' },
      { kind: 'token', via: 'supabase:cookie', token: 'a.b.c' },
    ],
  ] as const)('reads %s', (accept, headers, credential) => expect(at([accept], headers)).toEqual(credential));

  it('leaves an Authorization that the route does not accept to the service behind it', () => {
    const headers = { 'x-api-key': KEY, authorization: 'Bearer a.b.c' };
    expect(at(['key:x-api-key'], headers)).toMatchObject({ via: 'key:x-api-key' });
    expect(at(['key:x-api-key', 'supabase:bearer'], headers)).toEqual({ kind: 'ambiguous' });
    expect(at(['key:x-api-key'], { authorization: 'Basic eA==' })).toEqual({ kind: 'none' });
    expect(at(['key:x-api-key'], { authorization: 'Bearer a.b.c' })).toEqual({ kind: 'not_accepted' });
    expect(at(['supabase:bearer'], { authorization: `Bearer ${KEY}` })).toEqual({ kind: 'not_accepted' });
  });

  it('takes a header before a cookie, and a cookie beside a header of another kind', () => {
    const headers = { cookie: 'sb-access-token=a.b.c', authorization: 'Bearer d.e.f' };
    expect(at(CREDENTIAL_KIND_NAMES, headers)).toMatchObject({ token: 'd.e.f' });
    expect(at(['supabase:cookie'], headers)).toMatchObject({ token: 'a.b.c' });
  });

  it.each<Record<string, string>>([
    {},
    { 'x-api-key': ' ' },
    { authorization: 'Bearer' },
    { authorization: 'Bearer a b' },
    { cookie: 'a=b' },
  ])('finds none in %j', (headers) => expect(at(CREDENTIAL_KIND_NAMES, headers)).toEqual({ kind: 'none' }));
});

describe('sessionIn', () => {
  const session = JSON.stringify({ access_token: 'a.b.c', refresh_token: 'r', note: 'x'.repeat(50) });
  const encoded = `base64-${Buffer.from(session).toString('base64url')}`;
  const token = { kind: 'token', via: 'supabase:cookie', token: 'a.b.c' };

  it('reads the cookies of Supabase, whole and in parts', () => {
    expect(sessionIn(`theme=dark; sb-proj-auth-token=${encoded}`)).toEqual(token);
    expect(sessionIn(`sb-proj-auth-token=${encodeURIComponent(session)}`)).toEqual(token);
    expect(sessionIn(`sb-proj-auth-token=${encodeURIComponent('["a.b.c","r"]')}`)).toEqual(token);
    const parts = `sb-proj-auth-token.1=${encoded.slice(40)}; sb-proj-auth-token.0=${encoded.slice(0, 40)}`;
    expect(sessionIn(parts)).toEqual(token);
    expect(sessionIn('sb-proj-auth-token-code-verifier=x')).toEqual({ kind: 'none' });
  });

  it.each([
    ['twice', `sb-p-auth-token=${encoded}; sb-p-auth-token=${encoded}`],
    ['of two projects', `sb-p-auth-token=${encoded}; sb-q-auth-token=${encoded}`],
    ['of two kinds', `sb-access-token=a.b.c; sb-q-auth-token=${encoded}`],
    ['with a part missing', `sb-p-auth-token.0=${encoded}; sb-p-auth-token.2=x`],
    ['that is no JSON', 'sb-p-auth-token=base64-eHg'],
    ['without a token', `sb-p-auth-token=${encodeURIComponent('{"access_token":1}')}`],
    ['with a broken escape', 'sb-p-auth-token=%zz'],
    ['that is empty', 'sb-access-token='],
  ])('refuses a session %s', (_, header) => expect(sessionIn(header)).toEqual({ kind: 'malformed' }));
});
