import { describe, expect, it } from 'vitest';
import { testKey } from '@/components/access/api-keys/secret/test-key';
import { createKeyInput } from '@/lib/access/api-keys/contract';
import { PERMISSION_NAMES } from '@/lib/platform/auth/contract';
import { changesOf, editableOf } from './key-changes';
import {
  fromDateInput,
  networkProblem,
  normalizeNetwork,
  presetOf,
  scopeGroups,
  scopePresets,
  toDateInput,
} from './key-form';

describe('networks', () => {
  it.each([
    [' 10.0.0.5 ', '10.0.0.5/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['10.0.0.0/8', '10.0.0.0/8'],
  ])('stores %s as the API takes it', (typed, stored) => {
    expect(normalizeNetwork(typed)).toBe(stored);
    expect(networkProblem(stored)).toBeNull();
    const input = { name: 'a', scopes: ['gate:verify'], allowedCidrs: [stored] };
    expect(createKeyInput.safeParse(input).success).toBe(true);
  });

  it('says what is wrong with anything else', () => {
    expect(networkProblem('10.0.0.300/8')).toContain('"10.0.0.300/8" is not a valid IP address or network');
  });
});

describe('scope presets', () => {
  it('are recognised by their scopes in any order', () => {
    expect(presetOf(['gate:verify'])).toBe('gate');
    const read = scopePresets.find(({ id }) => id === 'read')?.scopes ?? [];
    expect(presetOf(read.toReversed())).toBe('read');
    expect(presetOf(['gate:verify', 'keys:read'])).toBe('custom');
    expect(presetOf([])).toBe('custom');
  });

  it('never hold a write besides the upload', () => {
    const writes = scopePresets.flatMap(({ scopes }) => scopes).filter((scope) => scope.endsWith(':write'));
    expect(writes).toEqual(['scans:write']);
  });

  it('groups every scope exactly once', () => {
    expect(
      scopeGroups(PERMISSION_NAMES)
        .flatMap(({ scopes }) => scopes)
        .sort(),
    ).toEqual([...PERMISSION_NAMES].sort());
  });
});

describe('dates', () => {
  it('ends a chosen day at its last second in the own zone', () => {
    const end = fromDateInput('2027-02-19');
    expect(end).not.toBeNull();
    expect(toDateInput(end ?? '')).toBe('2027-02-19');
    expect(new Date(end ?? '').getSeconds()).toBe(59);
    expect(fromDateInput('')).toBeNull();
  });
});

describe('changesOf', () => {
  it('holds only what differs', () => {
    const before = editableOf(testKey());
    expect(changesOf(before, { ...before })).toEqual({});
    expect(changesOf(before, { ...before, name: 'web', expiresAt: '2027-01-01T00:00:00.000Z' })).toEqual({
      name: 'web',
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
  });
});
