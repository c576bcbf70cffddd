import { describe, expect, it } from 'vitest';
import { maskSecret, secretSnippets } from './secret-snippets';

const secret = 'blw_live_AbCdEfGhIjKlMnOpQrStUvWxYz012345';
const origins = { gateUrl: 'https://gate.test', consoleUrl: 'https://console.test' };
const codeOf = (id: string, scopes: string[]) =>
  secretSnippets({ secret, scopes, ...origins }).find((snippet) => snippet.id === id)?.code ?? '';

describe('secretSnippets', () => {
  it('lets a gate caller try its own key', () => {
    const curl = codeOf('curl', ['gate:verify']);
    expect(curl).toContain('https://gate.test/v1/verify');
    expect(curl.split(secret)).toHaveLength(3);
  });

  it('lets a reader call what it may read', () => {
    expect(codeOf('curl', ['audit:read'])).toContain('https://console.test/api/v1/audit-events');
  });

  it('asks with another key where this one may not ask itself', () => {
    const curl = codeOf('curl', ['scans:write']);
    expect(curl).toContain("'Authorization: Bearer KEY_WITH_GATE_VERIFY'");
    expect(curl).toContain(`{"key":"${secret}"}`);
  });

  it('keeps the secret out of the compose file', () => {
    expect(codeOf('compose', ['gate:verify'])).not.toContain(secret);
    expect(codeOf('env', [])).toBe(`BULWARK_API_KEY=${secret}`);
  });
});

describe('maskSecret', () => {
  it('hides every occurrence but the public beginning', () => {
    const masked = maskSecret(codeOf('curl', ['gate:verify']), secret, 9);
    expect(masked).not.toContain(secret);
    expect(masked).not.toContain(secret.slice(9));
    expect(masked).toContain('blw_live_••••');
  });
});
