import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { BlockKind } from './contract';
import { parseAddress } from './network-index';
import { parseRoute } from './text-pattern';

function refusal(message: string): AppError {
  return new AppError('bad_request', message, { fields: [{ path: 'value', message }] });
}

function textOfIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** As RFC 5952 writes it: the longest run of zeros is left out, the first of equal ones. */
function textOfIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(16 * (7 - i))) & 0xffffn).toString(16),
  );
  const runs = [...groups.join(':').matchAll(/\b0(?::0)+\b/g)];
  const longest = runs.reduce<string>((best, [run]) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups.join(':');
  const [left = '', ...right] = groups.join(':').split(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`));
  return `${left.replace(/:$/, '')}::${right.join(longest).replace(/^:/, '')}`;
}

/** `192.0.2.7` becomes `192.0.2.7/32`, `10.1.2.3/8` becomes `10.0.0.0/8`, IPv4 within IPv6 becomes IPv4. */
function networkOf(text: string): string | null {
  const [address = '', size, ...rest] = text.split('/');
  const parsed = rest.length === 0 ? parseAddress(address) : null;
  if (!parsed || (size !== undefined && !/^\d{1,3}$/.test(size))) return null;
  const isMapped = parsed.family === 4 && address.includes(':');
  const bitsMax = parsed.family === 4 ? 32 : 128;
  const bits = size === undefined ? bitsMax : Number(size) - (isMapped ? 96 : 0);
  if (bits < 0 || bits > bitsMax) return null;
  if (parsed.family === 4) {
    const network = bits === 0 ? 0 : (parsed.value >>> (32 - bits)) * 2 ** (32 - bits);
    return `${textOfIpv4(network)}/${bits}`;
  }
  const host = BigInt(128 - bits);
  return `${textOfIpv6((parsed.value >> host) << host)}/${bits}`;
}

/** What a gate never sees in a normalised path would be a block that never holds. */
const UNREACHABLE_PATH = /[?#\\;]|\/\/|\/\.{1,2}(\/|$)/;

function routeOf(text: string): string | null {
  const space = text.indexOf(' ');
  const [method, rest] = space === -1 ? ['', text] : [text.slice(0, space), text.slice(space + 1).trim()];
  const slash = rest.indexOf('/');
  if (slash === -1) return null;
  const [host, path] = [rest.slice(0, slash).toLowerCase(), rest.slice(slash)];
  const isKnown = /^[a-z0-9.*-]*$/.test(host) && /^[\x21-\x7e]+$/.test(path) && !UNREACHABLE_PATH.test(path);
  const canonical = `${method ? `${method.toUpperCase()} ` : ''}${host === '*' ? '' : host}${path}`;
  return isKnown && parseRoute(canonical) ? canonical : null;
}

/**
 * The one way in which a value is written, so that what is blocked twice looks the same.
 * @throws AppError `bad_request` where it is no value of that kind
 */
export function canonicalValue(kind: BlockKind, value: string): string {
  switch (kind) {
    case 'ip': {
      const network = networkOf(value);
      if (!network)
        throw refusal('Enter an IP address or CIDR range such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32.');
      return network;
    }
    case 'key':
    case 'owner':
      if (!isId(value.toLowerCase())) throw refusal(`Write the id of the ${kind}.`);
      return value.toLowerCase();
    case 'user':
    case 'session':
      if (!/^[\x21-\x7e]{1,128}$/.test(value))
        throw refusal(`Write the id of the ${kind}, as the token states it.`);
      return isId(value.toLowerCase()) ? value.toLowerCase() : value;
    case 'user_agent':
      if (value.replaceAll('*', '') === '') throw refusal('Write at least one letter beside the asterisks.');
      return value;
    case 'route': {
      const route = routeOf(value);
      if (!route) throw refusal('Enter a route such as /admin/*, POST /login or api.example.org/v1/*.');
      return route;
    }
  }
}
