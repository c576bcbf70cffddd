import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoMicroseconds, readEventTime } from './event-time';
import { fieldsOf, oneLine, scalarOf, storableText } from './fields';
import { isJsonObject, JsonNumber, memberOf, parseLossless, writeLossless } from './lossless-json';
import { DEPTH_MAX, splitBody } from './split-body';

const texts = (body: string) => splitBody(body).items.map(({ text }) => text);
const anObject = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
  .map((object) => JSON.stringify(object));

describe('a body', () => {
  it('is split into the same events however they are written', () => {
    fc.assert(
      fc.property(
        fc.array(anObject, { maxLength: 20 }),
        fc.constantFrom('\n', '', ' \r\n\t', '\n\n'),
        (events, gap) => {
          expect(texts(events.join(gap))).toEqual(events);
          expect(texts(`[${events.join(`,${gap}`)}]`)).toEqual(events);
          expect(texts(`\ufeff${gap}${events.join(gap)}${gap}`)).toEqual(events);
          expect(splitBody(`[${events.join(',')}]`).problems).toEqual([]);
        },
      ),
    );
  });

  it('loses no line to a broken one', () => {
    fc.assert(
      fc.property(fc.array(anObject, { minLength: 2, maxLength: 9 }), fc.nat(8), (events, at) => {
        const index = at % events.length;
        const broken = events.map((text, n) => (n === index ? `${text.slice(0, -1)},"x` : text));
        const result = splitBody(broken.join('\n'));
        const whole = events.filter((_, n) => n !== index);
        expect(result.items.map(({ text }) => text)).toEqual(whole);
        expect(result.problems).toHaveLength(1);
        expect(texts(`[\n${broken.join(',\n')}\n]\n`)).toEqual(whole);
      }),
    );
  });

  it('never throws and takes time in proportion to its length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', '\n', 'a', ' ') }),
        (text) => {
          const { items } = splitBody(text);
          for (const item of items) expect(text).toContain(item.text);
        },
      ),
      { numRuns: 2_000 },
    );
    for (const hostile of ['{', '[', '"', '{"', '[{', '\\"', '{"a":"\\', '[[],', '}{'].map((part) =>
      part.repeat(300_000),
    )) {
      const started = performance.now();
      splitBody(hostile);
      expect(performance.now() - started).toBeLessThan(1_500);
    }
  });

  it('has its depth and its number of events bounded', () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(texts(nested(DEPTH_MAX))).toHaveLength(1);
    expect(splitBody(nested(DEPTH_MAX + 1))).toMatchObject({ items: [], problems: [{ reason: /deeper/ }] });
    expect(splitBody('{}'.repeat(7), 5)).toMatchObject({ leftOut: 2, items: { length: 5 } });
  });
});

describe('a number', () => {
  it('is kept as it was written', () => {
    const text = '{"evt.time":1600013430060232123,"a":1.50,"b":-0,"c":1e3,"d":[18446744073709551615]}';
    expect(writeLossless(parseLossless(text))).toBe(text);
    const parsed = parseLossless(text);
    expect(isJsonObject(parsed) && memberOf(parsed, 'evt.time')).toEqual(
      new JsonNumber('1600013430060232123'),
    );
  });

  it('of any JSON survives, and so does everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(writeLossless(parseLossless(text)))).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('a field', () => {
  const object = (text: string) => {
    const parsed = parseLossless(text);
    if (!isJsonObject(parsed)) throw new Error('no object');
    return parsed;
  };

  it('may be named as it likes, also __proto__, and changes no prototype', () => {
    const given = object(
      '{"__proto__":{"polluted":1},"constructor":"x","a[0]":1,"a/b?":null," ":true,"":[]}',
    );
    expect(fieldsOf(given).fields.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
      '__proto__:object',
      'constructor:text',
      'a[0]:number',
      'a/b?:null',
      ' :boolean',
      ':list',
    ]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(memberOf(object('{}'), 'constructor')).toBeUndefined();
    expect(scalarOf(object('{}'), '__proto__')).toBeNull();
  });

  it('is one text where it is one value, and nothing where it is unknown', () => {
    const given = object(
      '{"a":["x"],"b":["x","y"],"c":{"x":1},"d":null,"e":"<NA>","f":"","g":18446744073709551615,"h":[[]]}',
    );
    const seen = Object.fromEntries('abcdefgh'.split('').map((name) => [name, scalarOf(given, name)]));
    expect(seen).toEqual({
      a: 'x',
      b: null,
      c: null,
      d: null,
      e: null,
      f: null,
      g: '18446744073709551615',
      h: null,
    });
  });

  it('is text that Postgres takes, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
        const stored = storableText(text, max);
        expect(stored.isWellFormed()).toBe(true);
        expect(stored).not.toContain('\u0000');
        const line = oneLine(text, 50);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a time', () => {
  it.each([
    ['2026-12-01T10:00:00.123456789Z', '2026-12-01T10:00:00.123456Z'],
    ['2026-12-01T10:00:00Z', '2026-12-01T10:00:00.000000Z'],
    ['2026-12-01T12:00:00.5+02:00', '2026-12-01T10:00:00.500000Z'],
    ['2026-12-01 10:00:00z', '2026-12-01T10:00:00.000000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000000Z'],
  ])('%s is read to the microsecond', (given, wanted) => {
    const { text, ms } = readEventTime(given);
    expect(text).toBe(given);
    expect(isoMicroseconds(ms ?? 0)).toBe(wanted);
  });

  it.each([
    ['2026-12-01T10:00:00Z+2'],
    ['2026-02-30T10:00:00Z'],
    ['2026-13-01T10:00:00Z'],
    ['2026-12-01T24:00:00Z'],
    ['2026-12-01T10:00:00'],
    ['1733047200'],
    ['0001-01-01T00:00:00Z'],
    [''],
    [null],
    [1_600_013_430],
    [{}],
  ])('%s is none', (given) => {
    expect(readEventTime(given).ms).toBeNull();
  });

  it('of any moment survives being written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.nat(999), (ms, micros) => {
        const iso = isoMicroseconds(ms + micros / 1_000);
        expect(readEventTime(iso).ms).toBeCloseTo(ms + micros / 1_000, 2);
      }),
    );
  });
});
