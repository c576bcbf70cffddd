import { createHmac, timingSafeEqual } from 'node:crypto';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { normalizeHost } from './request-path';

/**
 * Marks a request that Bulwark sends to test itself. Its value is `<ms>.<mac>`: the moment, and an HMAC-SHA256 over it and the
 * host under a key derived from the pepper, which worker and gate share. So nobody can keep their own traffic out of the
 * counts, nor can a host that was tested use the mark for another one.
 */
export const SELF_TEST_HEADER = 'x-bulwark-self-test';

const LASTS_MS = 2 * MINUTE_MS;
const SHAPE = /^(\d{13})[.]([A-Za-z0-9_-]{43})$/;

function macOf(pepper: string, ms: string, host: string): Buffer {
  const key = createHmac('sha256', pepper).update('bulwark self-test').digest();
  return createHmac('sha256', key).update(`${ms}\n${host}`).digest();
}

/** @param host as the request names it, such as `api.example.org:8443` */
export function signSelfTest(pepper: string, host: string, nowMs: number): string {
  const ms = String(Math.floor(nowMs)).padStart(13, '0');
  return `${ms}.${macOf(pepper, ms, normalizeHost(host) ?? '').toString('base64url')}`;
}

/** Whether the mark was made for this host, lately, under one of the peppers. */
export function isSelfTest(
  value: string | undefined,
  host: string | undefined,
  peppers: Iterable<string>,
  nowMs: number,
): boolean {
  const [, ms = '', mac = ''] = SHAPE.exec(value ?? '') ?? [];
  const normalized = host === undefined ? null : normalizeHost(host);
  if (ms === '' || normalized === null || Math.abs(nowMs - Number(ms)) > LASTS_MS) return false;
  const sent = Buffer.from(mac, 'base64url');
  for (const pepper of peppers) {
    const expected = macOf(pepper, ms, normalized);
    if (sent.length === expected.length && timingSafeEqual(sent, expected)) return true;
  }
  return false;
}
