import { describe, expect, it } from 'vitest';
import { limitReports, readViolations } from './csp-report';

const report = (body: unknown, text = JSON.stringify(body)) =>
  new Request('http://localhost/api/csp-report', { method: 'POST', body: text });

describe('a report of a violated policy', () => {
  it('is read in the older form, without the query of its addresses', async () => {
    const body = {
      'csp-report': {
        'violated-directive': 'script-src-elem',
        'blocked-uri': 'https://evil.example/x.js?token=1',
        'document-uri': 'http://localhost:3000/keys?q=secret#part',
        'original-policy': 'default-src none',
      },
    };
    expect(await readViolations(report(body))).toEqual([
      {
        directive: 'script-src-elem',
        blocked: 'https://evil.example/x.js',
        page: 'http://localhost:3000/keys',
      },
    ]);
  });

  it('is read in the newer form, other types of report left out', async () => {
    const body = [
      { type: 'deprecation', body: { id: 'x' } },
      { type: 'csp-violation', body: { effectiveDirective: 'img-src', documentURL: 'http://localhost/a' } },
    ];
    expect(await readViolations(report(body))).toEqual([
      { directive: 'img-src', blocked: null, page: 'http://localhost/a' },
    ]);
  });

  it('that is none says nothing, and what is not JSON or too long is refused', async () => {
    expect(await readViolations(report({ hello: 1 }))).toEqual([]);
    await expect(readViolations(report(null, '{'))).rejects.toMatchObject({ code: 'bad_request' });
    await expect(readViolations(report(null, `"${'a'.repeat(20_000)}"`))).rejects.toMatchObject({
      code: 'too_large',
    });
  });
});

it('are read from one address 30 times a minute, and from another one meanwhile', () => {
  for (let i = 0; i < 30; i++) limitReports('192.0.2.1');
  expect(() => limitReports('192.0.2.1')).toThrow('Too many reports');
  limitReports('192.0.2.2');
});
