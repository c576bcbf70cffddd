import { expect, it } from 'vitest';
import { identityOf } from './proven-identity';

const secrets = { clientId: 'id', clientSecret: 'secret' };
const github = { kind: 'github', id: 'github', label: 'GitHub', ...secrets } as const;
const google = { kind: 'google', id: 'google', label: 'Google', ...secrets } as const;
const oidc = {
  kind: 'oidc',
  id: 'corp',
  label: 'Corp',
  issuer: 'https://login.corp.test',
  ...secrets,
} as const;

it('names a GitHub person by number, since a login can be given to somebody else', () => {
  const claims = { id: 583231, login: 'Octocat', name: null, email: 'o@example.org', email_verified: true };
  expect(identityOf(github, claims)).toEqual({
    provider: 'github',
    issuer: 'https://github.com/login/oauth',
    subject: '583231',
    displayName: 'Octocat',
    handle: 'octocat',
    email: 'o@example.org',
  });
});

it.each([
  ['an unverified address', { email: 'a@b.test', email_verified: false }],
  ['an address of unknown standing', { email: 'a@b.test' }],
  ['something that is no address', { email: 'a b@c', email_verified: true }],
  ['an address that is no text', { email: ['a@b.test'], email_verified: true }],
])('does not believe %s', (_, claims) => {
  expect(identityOf(oidc, { iss: oidc.issuer, sub: 's', ...claims }).email).toBeNull();
});

it.each([
  ['another issuer', google, { iss: 'https://evil.test', sub: 's' }],
  ['the issuer with a slash too many', oidc, { iss: `${oidc.issuer}/`, sub: 's' }],
  ['no issuer', oidc, { sub: 's' }],
  ['an empty subject', oidc, { iss: oidc.issuer, sub: '' }],
  ['a subject that is an object', oidc, { iss: oidc.issuer, sub: {} }],
  ['a GitHub number beyond what a number can hold', github, { id: 2 ** 60 }],
])('refuses %s', (_, provider, claims) => expect(() => identityOf(provider, claims)).toThrow());

it('keeps names readable: no control or direction characters, at most 100 characters', () => {
  const name = ` Ada\u202E\u0000\n${'x'.repeat(200)}`;
  const { displayName } = identityOf(oidc, { iss: oidc.issuer, sub: 's', name });
  expect(displayName).toBe(`Ada${'x'.repeat(97)}`);
});

it('falls back to a name that is there', () => {
  expect(identityOf(oidc, { iss: oidc.issuer, sub: 'abc' }).displayName).toBe('abc');
});
