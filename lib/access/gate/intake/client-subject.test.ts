import { describe, expect, it } from 'vitest';
import { clientSubjectOf, isSubject } from './client-subject';

const none = { traefik: null, envoy: null, nginx: null, nginxVerify: null };

describe('the subject of a client certificate', () => {
  it.each([
    [
      'Traefik',
      { traefik: encodeURIComponent('Subject="CN=edge-1,O=Example",Subject="CN=ca"') },
      'CN=edge-1,O=Example',
    ],
    [
      'Envoy',
      { envoy: 'By=x;Subject="CN=far";Hash=1,By=y;Subject="CN=edge-1,O=\\"A, B\\""' },
      'CN=edge-1,O="A, B"',
    ],
    ['nginx', { nginx: 'CN=edge-1,O=Example', nginxVerify: 'SUCCESS' }, 'CN=edge-1,O=Example'],
    ['nginx that did not verify it', { nginx: 'CN=edge-1', nginxVerify: 'NONE' }, null],
    [
      'nginx that found it expired',
      { nginx: 'CN=edge-1', nginxVerify: 'FAILED:certificate has expired' },
      null,
    ],
    ['two that speak of it', { nginx: 'CN=a', nginxVerify: 'SUCCESS', envoy: 'Subject="CN=b"' }, null],
    ['a broken escape', { traefik: '%E0%A4%A' }, null],
    ['nobody', {}, null],
  ])('is what %s says', (_, headers, subject) => {
    expect(clientSubjectOf({ ...none, ...headers })).toBe(subject);
  });

  it.each([
    ['edge-1', 'CN=edge-1,O=Example', true],
    ['edge-1', 'O=Example, cn=edge-1', true],
    ['edge-1', 'CN=edge-10', false],
    ['edge-1', 'CN=other,O=CN\\=edge-1', false],
    ['edge-1', 'O=x\\,CN=edge-1,CN=other', false],
    ['edge-1', 'CN=edge-1,CN=other', false],
    ['CN=edge-1,O=Example', 'O=Example,CN=edge-1', true],
    ['CN=edge-1,O=Example', 'CN=edge-1', false],
    ['CN=edge-1,O=Example', 'CN=edge-1,O=Example,OU=x', false],
    ['edge-1', null, false],
    ['edge-1', '', false],
  ])('%s and %s: %s', (named, presented, is) => {
    expect(isSubject(named, presented)).toBe(is);
  });
});
