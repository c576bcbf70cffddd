import { randomUUID } from 'node:crypto';

let prefixMs = -1;
let prefix = '';

/** A UUID version 7, as `newId`, from Node's pool of random bytes: a fifth of the cost, once per request. */
export function newRequestId(): string {
  const nowMs = Date.now();
  if (nowMs !== prefixMs) {
    const hex = nowMs.toString(16).padStart(12, '0');
    prefixMs = nowMs;
    prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  }
  return prefix + randomUUID().slice(15);
}
