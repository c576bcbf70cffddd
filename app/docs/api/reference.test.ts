import { describe, expect, it } from 'vitest';
import { GET as getPage } from './route';
import { GET as getBundle } from './scalar.js/route';

describe('the reference page', () => {
  it('loads from this installation only, every script under the nonce', async () => {
    const response = getPage(new Request('http://x/docs/api', { headers: { 'x-nonce': 'bm9uY2U=' } }));
    const html = await response.text();
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    expect(scripts).toHaveLength(3);
    for (const script of scripts) expect(script).toContain('nonce="bm9uY2U="');
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).toContain('"telemetry":false');
  });

  it('lets no header become markup', () => {
    const request = new Request('http://x/docs/api', { headers: { 'x-nonce': '"><script>' } });
    expect(() => getPage(request)).toThrow(/nonce/);
  });
});

describe('the bundle of the reference', () => {
  it('is served as a script, and not again to a browser that has it', async () => {
    const first = await getBundle(new Request('http://x/docs/api/scalar.js'));
    expect(first.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect((await first.text()).length).toBeGreaterThan(1_000_000);
    const etag = first.headers.get('etag') ?? '';
    const again = await getBundle(
      new Request('http://x/docs/api/scalar.js', { headers: { 'if-none-match': etag } }),
    );
    expect(again.status).toBe(304);
  });
});
