import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JWT_SECRET, StandInGoTrue } from '@/lib/access/supabase/test/gotrue';
import type { JwtResult } from './contract';
import { createJwtVerifier, type JwtVerifier, type JwtVerifierOptions } from './jwt-verifier';

const TENANT = '01930000-0000-7000-8000-000000000001';
const gotrue = new StandInGoTrue();
let key: Awaited<ReturnType<StandInGoTrue['rotate']>>;
const open: JwtVerifier[] = [];

function verifierOf(more: object = {}, options: JwtVerifierOptions = {}): JwtVerifier {
  const config = {
    issuer: gotrue.issuer,
    jwksUrl: gotrue.jwksUrl,
    jwtSecret: JWT_SECRET,
    audience: 'authenticated',
    tenantId: TENANT,
    clockSkewSeconds: 60,
    maxLifetimeSeconds: 86_400,
    ...more,
  };
  const verifier = createJwtVerifier(config, options);
  open.push(verifier);
  return verifier;
}

const outcome = (result: JwtResult) => ('refusal' in result ? result.refusal : 'VALID');
const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  await gotrue.start();
  key = await gotrue.rotate('ES256');
});
afterEach(() => {
  for (const verifier of open.splice(0)) verifier.close();
  gotrue.failWith = null;
});
afterAll(() => gotrue.stop());

async function verdict(claims: JWTPayload, header: object = {}): Promise<string> {
  return outcome(await verifierOf().verify(await gotrue.sign(key, gotrue.claims(claims), header)));
}

describe('a token of GoTrue', () => {
  it.each(['ES256', 'RS256'] as const)('under %s is verified and says who it is', async (alg) => {
    const signing = await gotrue.rotate(alg);
    const claims = gotrue.claims({ is_anonymous: true, scope: 'openid reports:read', aal: 'aal2' });
    const result = await verifierOf().verify(await gotrue.sign(signing, claims));
    expect(result).toEqual({
      principal: {
        issuer: gotrue.issuer,
        userId: claims.sub,
        sessionId: claims.session_id,
        jti: null,
        role: 'authenticated',
        aal: 'aal2',
        isAnonymous: true,
        email: 'ada@example.org',
        tenantId: TENANT,
        expiresAtMs: (Number(claims.exp) + 60) * 1000,
        notBeforeMs: (Number(claims.iat) - 60) * 1000,
        scopes: ['openid', 'reports:read'],
      },
    });
  });

  it('under the legacy secret is verified only where the secret is configured', async () => {
    const token = await gotrue.signLegacy();
    expect(outcome(await verifierOf().verify(token))).toBe('VALID');
    expect(outcome(await verifierOf({ jwtSecret: null }).verify(token))).toBe('UNKNOWN_KEY');
    const forged = await gotrue.signLegacy(gotrue.claims(), 'another-secret-of-at-least-32-characters');
    expect(outcome(await verifierOf().verify(forged))).toBe('BAD_SIGNATURE');
  });

  it('is answered at once the second time, until its end', async () => {
    let nowMs = Date.now();
    const verifier = verifierOf({}, { now: () => nowMs });
    const token = await gotrue.sign(key);
    const first = verifier.verify(token);
    expect(first).toBeInstanceOf(Promise);
    expect(outcome(await first)).toBe('VALID');
    expect(verifier.verify(token)).toBe(await first);
    nowMs += (3600 + 59) * 1000;
    expect(verifier.verify(token)).toBe(await first);
    nowMs += 2_000;
    expect(outcome(await verifier.verify(token))).toBe('EXPIRED');
    expect(verifier.state.remembered).toBe(0);
  });

  it('is verified once for a crowd, and only a bounded number is remembered', async () => {
    const verifier = verifierOf({}, { rememberedMax: 3 });
    const token = await gotrue.sign(key);
    const crowd = Array.from({ length: 50 }, () => verifier.verify(token));
    expect(new Set(crowd).size).toBe(1);
    await Promise.all(crowd);
    for (let i = 0; i < 5; i++) await verifier.verify(await gotrue.sign(key));
    expect(verifier.state.remembered).toBe(3);
  });

  it.each<[string, JWTPayload, string]>([
    ['another issuer', { iss: 'https://evil.example/auth/v1' }, 'WRONG_ISSUER'],
    ['another audience', { aud: 'anon' }, 'WRONG_AUDIENCE'],
    ['no audience', { aud: undefined }, 'WRONG_AUDIENCE'],
    ['audiences without ours', { aud: ['anon', 'other'] }, 'WRONG_AUDIENCE'],
    ['audiences with ours', { aud: ['other', 'authenticated'] }, 'VALID'],
    ['an audience that is no text', { aud: [['authenticated']] as never }, 'WRONG_AUDIENCE'],
    ['an audience that merely contains ours', { aud: 'authenticated ' }, 'WRONG_AUDIENCE'],
    ['no expiry', { exp: undefined }, 'MALFORMED'],
    ['an expiry as text', { exp: `${nowSeconds() + 60}` as never }, 'MALFORMED'],
    ['an expiry with a fraction', { exp: nowSeconds() + 60.5 }, 'MALFORMED'],
    ['an expiry beyond all numbers', { exp: 1e300 }, 'MALFORMED'],
    ['an expiry ten years from now', { exp: nowSeconds() + 315_360_000 }, 'MALFORMED'],
    [
      'a long life hidden by a late issue',
      { iat: nowSeconds() + 80_000, exp: nowSeconds() + 160_000 },
      'NOT_YET_VALID',
    ],
    ['a past expiry', { iat: nowSeconds() - 3600, exp: nowSeconds() - 61 }, 'EXPIRED'],
    ['an expiry within the skew', { iat: nowSeconds() - 3600, exp: nowSeconds() - 50 }, 'VALID'],
    ['a later beginning', { nbf: nowSeconds() + 90 }, 'NOT_YET_VALID'],
    ['a beginning within the skew', { nbf: nowSeconds() + 50 }, 'VALID'],
    ['an issue in the future', { iat: nowSeconds() + 90 }, 'NOT_YET_VALID'],
    ['no user', { sub: undefined }, 'MALFORMED'],
    ['an empty user', { sub: '' }, 'MALFORMED'],
    ['a user that is a number', { sub: 7 as never }, 'MALFORMED'],
    ['a user with a line break', { sub: 'a\nb' }, 'MALFORMED'],
    ['neither session nor id', { session_id: undefined }, 'MALFORMED'],
    ['an id instead of a session', { session_id: undefined, jti: 'j-1' }, 'VALID'],
    ['a session that is no text beside an id', { session_id: 7, jti: 'j-1' }, 'MALFORMED'],
  ])('with %s is judged', async (_what, claims, expected) => {
    expect(await verdict(claims)).toBe(expected);
  });

  it('is judged by the exact issuer, with and without a slash', async () => {
    expect(await verdict({ iss: `${gotrue.issuer}/` })).toBe('WRONG_ISSUER');
    expect(await verdict({ iss: gotrue.issuer.toUpperCase() })).toBe('WRONG_ISSUER');
    expect(await verdict({ iss: [gotrue.issuer] as never })).toBe('WRONG_ISSUER');
  });

  it('names its session by jti where it has no session', async () => {
    const token = await gotrue.sign(key, gotrue.claims({ session_id: undefined, jti: 'j-1' }));
    expect(await verifierOf().verify(token)).toMatchObject({ principal: { sessionId: 'j-1', jti: 'j-1' } });
  });
});

describe('a hostile token', () => {
  it.each<[string, object]>([
    ['without a type', { typ: undefined }],
    ['of another type', { typ: 'at+jwt' }],
    ['that brings its key', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['that names where its key is', { jku: 'https://evil.example/jwks.json' }],
    ['that names a certificate', { x5u: 'https://evil.example/cert' }],
    ['that asks for unknown rules', { crit: ['exp'], exp: 1 }],
    ['with a key id that is a path', { kid: '../../dev/null' }],
    ['with a key id that is SQL', { kid: "' or 1=1 --" }],
    ['with an empty key id', { kid: '' }],
    ['without a key id', { kid: undefined }],
    ['with the name of a member of every object', { kid: '__proto__' }],
  ])('%s is refused', async (_what, header) => {
    const token = await gotrue.sign(key);
    const [, payload, signature] = token.split('.');
    const forged = `${base64url({ alg: 'ES256', kid: key.kid, typ: 'JWT', ...header })}.${payload}.${signature}`;
    expect(['MALFORMED', 'UNKNOWN_KEY']).toContain(outcome(await verifierOf().verify(forged)));
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS384', 'ES384', 'EdDSA', 'PS256', 'RSA-OAEP'])(
    'under the algorithm "%s" is refused',
    async (alg) => {
      const header = base64url({ alg, typ: 'JWT', kid: key.kid });
      for (const signature of ['', 'AA']) {
        const token = `${header}.${base64url(gotrue.claims())}.${signature}`;
        expect(outcome(await verifierOf().verify(token))).toBe('MALFORMED');
      }
    },
  );

  it('signed with the public key as if it were a secret is refused', async () => {
    const rsa = await gotrue.rotate('RS256');
    const pem = await exportSPKI((await importJWK(rsa.jwk, 'RS256')) as CryptoKey);
    const secrets = [
      pem,
      pem.trim(),
      JSON.stringify(rsa.jwk),
      String(rsa.jwk.n),
      Buffer.from(String(rsa.jwk.n), 'base64url'),
    ];
    for (const secret of secrets) {
      const text = `${base64url({ alg: 'HS256', typ: 'JWT', kid: rsa.kid })}.${base64url(gotrue.claims())}`;
      const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      expect(outcome(await verifierOf().verify(token))).toBe('BAD_SIGNATURE');
      expect(outcome(await verifierOf({ jwtSecret: null }).verify(token))).toBe('UNKNOWN_KEY');
    }
  });

  it('under the algorithm of another published key is refused', async () => {
    const rsa = await gotrue.rotate('RS256');
    const token = await gotrue.sign(key, gotrue.claims(), { kid: rsa.kid });
    expect(outcome(await verifierOf().verify(token))).toBe('UNKNOWN_KEY');
  });

  it('in another spelling of base64 is refused, though it decodes to the same', async () => {
    const token = await gotrue.sign(key);
    const verifier = verifierOf();
    expect(outcome(await verifier.verify(token))).toBe('VALID');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const last = signature.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = alphabet[alphabet.indexOf(last) + 1] ?? '';
    const spellings = [
      `${token} `,
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      `${header}.${payload} .${signature}`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -1)}${twin}`,
      `${token}.`,
      `.${token}`,
      token.replaceAll('.', '..'),
      `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
    ];
    for (const spelling of spellings) {
      expect([spelling.length, outcome(await verifier.verify(spelling))]).toEqual([
        spelling.length,
        'MALFORMED',
      ]);
    }
  });

  it('of any size or shape is refused without work', async () => {
    const verifier = verifierOf();
    const texts = [
      '',
      '.',
      '..',
      '...',
      'a',
      'a.b.c',
      'null',
      '{}',
      '\u0000',
      'ä.ö.ü',
      `${'a'.repeat(9_000)}.b.c`,
    ];
    for (const text of texts) expect(outcome(await verifier.verify(text))).toBe('MALFORMED');
    const deep = `${'{"a":'.repeat(400)}1${'}'.repeat(400)}`;
    const bodies = ['[]', '"x"', '1', 'null', '{"exp":1e999}', '{"__proto__":{}}', deep, '\ud800'];
    for (const body of bodies) {
      const token = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(body)}.AAAA`;
      expect(['MALFORMED', 'BAD_SIGNATURE']).toContain(outcome(await verifier.verify(token)));
    }
  });

  it('made by changing a valid one anywhere is never accepted', async () => {
    const token = await gotrue.sign(key);
    const legacy = await gotrue.signLegacy();
    const verifier = verifierOf();
    await verifier.verify(token);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(token, legacy),
        fc.nat(),
        fc.integer({ min: 0, max: 3 }),
        fc.string({ unit: fc.constantFrom(...'Aa0-_.=+/ \n'), minLength: 1, maxLength: 4 }),
        async (valid, place, cut, inserted) => {
          const at = place % valid.length;
          const changed = valid.slice(0, at) + inserted + valid.slice(at + cut);
          if (changed === valid) return;
          expect(outcome(await verifier.verify(changed))).not.toBe('VALID');
        },
      ),
      { numRuns: 1_500 },
    );
  });
});

describe('the published keys', () => {
  it('may be rotated: a new one is found, an old one that is gone is refused, also where it was remembered', async () => {
    const verifier = verifierOf({}, { jwks: { cooldownMs: 0 } });
    const oldToken = await gotrue.sign(key);
    expect(outcome(await verifier.verify(oldToken))).toBe('VALID');
    const next = await gotrue.rotate('ES256');
    expect(outcome(await verifier.verify(await gotrue.sign(next)))).toBe('VALID');
    expect(outcome(await verifier.verify(oldToken))).toBe('VALID');
    const last = await gotrue.rotate('ES256', true);
    expect(outcome(await verifier.verify(await gotrue.sign(last)))).toBe('VALID');
    expect(outcome(await verifier.verify(oldToken))).toBe('UNKNOWN_KEY');
    key = last;
  });

  it('are read at most once per cooldown, whatever a flood of invented key ids asks for', async () => {
    const before = gotrue.keySetReadings;
    const verifier = verifierOf({}, { jwks: { cooldownMs: 60_000 } });
    const [, payload, signature] = (await gotrue.sign(key)).split('.');
    const flood = Array.from({ length: 2_000 }, (_, i) => {
      const token = `${base64url({ alg: 'ES256', kid: `invented-${i}`, typ: 'JWT' })}.${payload}.${signature}`;
      return verifier.verify(token);
    });
    const outcomes = new Set((await Promise.all(flood)).map(outcome));
    expect([...outcomes]).toEqual(['UNKNOWN_KEY']);
    expect(gotrue.keySetReadings - before).toBe(1);
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('VALID');
  });

  it('are kept while they cannot be read again, and trusted no longer than agreed', async () => {
    const verifier = verifierOf({}, { jwks: { refreshMs: 0, cooldownMs: 0, retryMs: 0, trustedForMs: 300 } });
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('VALID');
    gotrue.failWith = 503;
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('VALID');
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('UNAVAILABLE');
    expect(verifier.state.jwks.lastError).toContain('503');
    gotrue.failWith = null;
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('VALID');
    expect(verifier.state.jwks.lastError).toBeNull();
  });

  it('that were never read leave every token undecided, but for the legacy secret', async () => {
    const verifier = verifierOf({ jwksUrl: 'http://127.0.0.1:1/jwks.json' }, { jwks: { timeoutMs: 500 } });
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('UNAVAILABLE');
    expect(outcome(await verifier.verify(await gotrue.signLegacy()))).toBe('VALID');
    expect(verifier.state.jwksAgeSeconds).toBeNull();
  });

  it('are used only where they are public, for signatures and strong enough', async () => {
    const published = key.jwk;
    const misuse = [
      { kty: 'oct', kid: 'secret', k: base64url(JWT_SECRET), alg: 'HS256' },
      { ...published, kid: 'encryption', use: 'enc' },
      { ...published, kid: 'signing', key_ops: ['sign'] },
      { ...published, kid: 'other', alg: 'ES512' },
      { ...published, kid: 7 as never },
      { kty: 'RSA', kid: 'short', n: base64url('short'), e: 'AQAB', alg: 'RS256' },
      null as never,
    ];
    gotrue.publish([...misuse, published]);
    const verifier = verifierOf();
    for (const kid of ['secret', 'encryption', 'signing', 'other', 'short']) {
      const token = await gotrue.sign(key, gotrue.claims(), { kid });
      expect([kid, outcome(await verifier.verify(token))]).toEqual([kid, 'UNKNOWN_KEY']);
    }
    expect(verifier.state.jwks.keys).toBe(1);
    expect(outcome(await verifier.verify(await gotrue.sign(key)))).toBe('VALID');
  });
});
