import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateName } from './duplicate-name';

describe('a name that stands twice', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":{"b":1},"b":2}', null],
    ['{"a":[{"b":1},{"b":2}]}', null],
    ['[{"x":{"b":1,"c":"b","b":2}}]', 'b'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a\\"":1,"a":2,"a\\\\":3}', null],
    ['{"a" \n:"\\"b\\":","b"\t:1}', null],
    ['{"":1,"":2}', ''],
    ['"a:a"', null],
  ])('%s: %s', (text, name) => expect(duplicateName(text)).toBe(name));

  it('is never found in what JSON.stringify wrote, and always in a doubled entry', () => {
    fc.assert(
      fc.property(fc.json(), fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (json, object) => {
        expect(duplicateName(JSON.stringify(JSON.parse(json)))).toBeNull();
        const [name = ''] = Object.keys(object);
        const doubled = `{${JSON.stringify(name)}:0,${JSON.stringify(object).slice(1)}`;
        expect(duplicateName(doubled)).toBe(name);
      }),
    );
  });
});
