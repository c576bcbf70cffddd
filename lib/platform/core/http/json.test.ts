import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '@/lib/platform/core/errors';
import { parseJson, readBody } from './json';

const bytes = (text: string) => new TextEncoder().encode(text);
const SUITE = '../shared/corpora/JSONTestSuite/test_parsing';

function outcomeOf(input: Uint8Array): 'accepted' | AppError {
  try {
    parseJson(input);
    return 'accepted';
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

describe('parseJson', () => {
  it('returns what JSON.parse returns for any JSON value without forbidden characters', () => {
    const json = fc
      .jsonValue({ maxDepth: 5, stringUnit: 'grapheme' })
      .filter((v) => !JSON.stringify(v).includes('__proto__'));
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u0000'));
        expect(parseJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['a NUL', '{"a":"x\\u0000"}', /NUL/],
    ['a NUL in a name', '{"x\\u0000":1}', /NUL/],
    ['half a surrogate pair', '["\\ud800"]', /surrogate/],
    ['__proto__', '{"__proto__":{}}', /__proto__/],
    ['a number beyond doubles', '[1e9999]', /too large/],
    ['deep nesting', `${'['.repeat(40)}${']'.repeat(40)}`, /deeper/],
    ['nothing', '', /not valid JSON/],
    ['a byte order mark', '\ufeff{}', /not valid JSON/],
  ])('refuses %s', (_, text, message) => {
    expect(outcomeOf(bytes(text))).toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(message),
    });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(outcomeOf(Uint8Array.from([0x22, 0xff, 0x22]))).toMatchObject({
      message: 'The body is not valid UTF-8.',
    });
  });

  it.skipIf(!existsSync(SUITE))(
    'agrees with JSONTestSuite: n_ is refused, y_ is accepted or refused for a stated reason',
    () => {
      for (const file of readdirSync(SUITE)) {
        const outcome = outcomeOf(readFileSync(`${SUITE}/${file}`));
        if (file.startsWith('n_')) expect(outcome, file).toBeInstanceOf(AppError);
        else if (outcome !== 'accepted')
          expect(outcome.message, file).toMatch(
            /UTF-8|surrogate|NUL|deeper|too large|not valid JSON|appears twice/,
          );
      }
    },
  );
});

describe('readBody', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    new Request('http://localhost/', { method: 'POST', body, headers });

  it('stops at the limit even without a content-length', async () => {
    await expect(readBody(post('x'.repeat(101)), 100)).rejects.toMatchObject({ code: 'too_large' });
    expect(await readBody(post('x'.repeat(100)), 100)).toHaveLength(100);
  });
});
