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

export const pepperId = z
  .string()
  .regex(/^[a-z0-9_-]{1,16}$/, 'must be 1 to 16 characters of a-z, 0-9, _ and -')
  .optional()
  .transform((value) => value ?? 'p1');

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
