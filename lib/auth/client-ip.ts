import { BlockList, isIP } from 'node:net';

/** Set on every request by lib/auth/peer-address.ts from the socket; whatever a client sends under it is overwritten. */
export const PEER_HEADER = 'x-bulwark-peer';
const HOPS_MAX = 20;

function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]+)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  const unmapped = bare.replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i, '$1').replace(/%.*$/, '');
  return isIP(unmapped) === 0 ? null : unmapped;
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits = ''] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * The address of the caller: that of the socket, unless that is a trusted proxy; then the right-most entry of
 * X-Forwarded-For that is not one. Entries further left are the client's own words and are never believed.
 * @returns null where the socket is not known (outside the web server)
 */
export function clientIpOf(headers: Headers, trustedProxies: readonly string[]): string | null {
  const peer = plainAddress(headers.get(PEER_HEADER) ?? '');
  if (!peer || trustedProxies.length === 0) return peer;
  const trusted = listOf(trustedProxies);
  if (!isIn(trusted, peer)) return peer;
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').slice(-HOPS_MAX).reverse();
  let nearest = peer;
  for (const hop of hops) {
    const address = plainAddress(hop);
    if (!address) return nearest;
    nearest = address;
    if (!isIn(trusted, address)) return address;
  }
  return nearest;
}

/** What a limit per address counts by: IPv6 by /64, since one host owns that many. */
export function limitSubject(ip: string | null): string {
  if (!ip) return 'unknown';
  if (isIP(ip) === 4) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const [head = '', tail = ''] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = ip.includes('::') ? Array.from({ length: 8 - left.length - right.length }, () => '0') : [];
  const groups = [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}
