import { describe, expect, it } from 'vitest';
import { parseVerify, readHeaders } from './read-request';

const JSON_HEADER = ['Content-Type', 'application/json'];

describe('readHeaders', () => {
  it.each([
    [['Authorization', 'Bearer abc'], 'abc'],
    [['authorization', 'bearer   abc'], 'abc'],
    [['X-API-Key', ' abc '], 'abc'],
    [['Authorization', 'Bearer %'], '%'],
    [['Authorization', 'Bearer'], null],
    [['Authorization', 'Bearer a b'], null],
    [['Authorization', 'Token abc'], null],
    [['Authorization', ''], null],
    [['X-API-Key', ''], null],
    [[], null],
  ])('reads the key of %j as %j', (headers, key) => {
    expect(readHeaders([...JSON_HEADER, ...headers])).toEqual({
      callerKey: key,
      isAmbiguous: false,
      problem: null,
    });
  });

  it.each([
    [['Authorization', 'Bearer a', 'authorization', 'Bearer a']],
    [['X-API-Key', 'a', 'x-api-key', 'b']],
    [['Authorization', 'Bearer a', 'X-API-Key', 'a']],
  ])('refuses more than one credential: %j', (headers) => {
    const read = readHeaders([...JSON_HEADER, ...headers]);
    expect(read).toMatchObject({ callerKey: null, isAmbiguous: true, problem: { code: 'bad_request' } });
  });

  it.each([
    ['application/json', true],
    ['Application/JSON; charset=UTF-8', true],
    ['application/json;charset="utf-8"', true],
    ['application/json; charset=latin1', false],
    ['application/jsonp', false],
    ['text/json', false],
    ['', false],
  ])('takes the content type %j: %s', (type, isTaken) => {
    expect(readHeaders(['Content-Type', type]).problem?.code ?? null).toBe(
      isTaken ? null : 'unsupported_media_type',
    );
  });
});

describe('parseVerify', () => {
  it('names the field that is wrong', () => {
    const parse = (value: object) => () => parseVerify(Buffer.from(JSON.stringify(value)));
    expect(parse({ key: 'x', ip: '192.0.2' })).toThrow(/\(ip\).*Enter one IPv4 or IPv6 address/);
    expect(parse({ key: 'x', colour: 1 })).toThrow(/colour/);
    expect(parse({ key: 'x', scopes: ['a', 1] })).toThrow(/scopes\/1/);
  });
});
