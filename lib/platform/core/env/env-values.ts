import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export const text = () => z.string().optional();

export function wholeNumber(min: number, max: number, fallback: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((n) => n >= min && n <= max, message)
    .default(fallback);
}

export const port = (fallback: number) => wholeNumber(1, 65_535, fallback);

export function urlOf(protocols: readonly string[], kind: string) {
  const message = `must be ${kind}`;
  return z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), message)
    .optional();
}

export const postgresUrl = () =>
  urlOf(['postgres:', 'postgresql:'], 'a Postgres URL such as postgres://user:password@host:5432/bulwark');

export function origin() {
  const message = 'must be an origin such as https://bulwark.example.org, without a path';
  return z
    .string()
    .refine((value) => {
      if (!URL.canParse(value)) return false;
      const url = new URL(value);
      const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
      return isWeb && url.pathname === '/' && !url.search && !url.hash && !url.username;
    }, message)
    .transform((value) => new URL(value).origin)
    .optional();
}

const commaList = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function canonicalCidr(value: string): string | null {
  if (ipaddr.isValidCIDR(value)) {
    const [address, bits] = ipaddr.parseCIDR(value);
    return `${address.toString()}/${bits}`;
  }
  if (!ipaddr.IPv4.isValidFourPartDecimal(value) && !ipaddr.IPv6.isValid(value)) return null;
  const address = ipaddr.parse(value);
  return `${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`;
}

export const cidrList = z
  .string()
  .optional()
  .transform((value, context) => {
    const cidrs: string[] = [];
    for (const part of commaList(value ?? '')) {
      const cidr = canonicalCidr(part);
      if (cidr) cidrs.push(cidr);
      else
        context.addIssue({
          code: 'custom',
          message: `must be a list such as 10.0.0.0/8,::1; "${part}" is not an address range`,
        });
    }
    return cidrs;
  });

const keyName = (fallback: string) =>
  z
    .string()
    .regex(/^[a-z0-9_-]{1,16}$/, 'must be 1 to 16 characters of a-z, 0-9, _ and -')
    .optional()
    .transform((value) => value ?? fallback);

export const pepperId = keyName('p1');
export const encryptionKeyId = keyName('e1');

export const mailAddress = z
  .string()
  .max(254)
  .regex(/^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+$/, 'must be an address such as bulwark@example.org')
  .optional();

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Address ranges and exact host names; a bare address becomes a range of one. */
export const hostAndCidrList = z
  .string()
  .optional()
  .transform((value, context) => {
    const allowed: { hosts: string[]; cidrs: string[] } = { hosts: [], cidrs: [] };
    for (const part of commaList(value ?? '')) {
      const cidr = canonicalCidr(part);
      const host = part.toLowerCase();
      if (cidr) allowed.cidrs.push(cidr);
      else if (HOST_NAME.test(host) && !/^[\d.]+$/.test(host)) allowed.hosts.push(host);
      else
        context.addIssue({
          code: 'custom',
          message: `must be a list such as hooks.internal,10.1.0.0/16; "${part}" is neither a host nor a range`,
        });
    }
    return allowed;
  });

export const pepperList = z
  .string()
  .optional()
  .transform((value, context) => {
    const peppers: { id: string; value: string }[] = [];
    for (const part of commaList(value ?? '')) {
      const [, id, pepper] = /^([a-z0-9_-]{1,16}):(.+)$/.exec(part) ?? [];
      if (id && pepper) peppers.push({ id, value: pepper });
      else context.addIssue({ code: 'custom', message: 'must be a list such as p1:value,p2:value' });
    }
    return peppers;
  });
