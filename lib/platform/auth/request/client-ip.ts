import { BlockList, isIP } from 'node:net';
import { PEER_HEADER } from '@/lib/platform/core/http/own-headers';

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
  return nearestUntrusted(peer, headers.get('x-forwarded-for') ?? '', trusted);
}

/** The right-most address behind a trusted peer that is not trusted itself; what cannot be read ends the search. */
function nearestUntrusted(peer: string, forwardedFor: string, trusted: BlockList): string {
  const hops = forwardedFor.split(',').slice(-HOPS_MAX).reverse();
  let nearest = peer;
  for (const hop of hops) {
    const address = plainAddress(hop);
    if (!address) return nearest;
    nearest = address;
    if (!isIn(trusted, address)) return address;
  }
  return nearest;
}

const REMEMBERED_MAX = 10_000;

/** The proxies that are believed. Remembers what it worked out, since the same addresses come again and again. */
export class TrustedProxies {
  private readonly list: BlockList;
  private readonly peers = new Map<string, boolean>();
  private readonly clients = new Map<string, string>();

  /** @param cidrs networks, or single addresses */
  constructor(cidrs: readonly string[]) {
    this.list = listOf(
      cidrs.map((cidr) => (cidr.includes('/') ? cidr : `${cidr}/${isIP(cidr) === 6 ? 128 : 32}`)),
    );
  }

  /** @param peer the address of a socket */
  has(peer: string): boolean {
    const known = this.peers.get(peer);
    if (known !== undefined) return known;
    const isTrusted = isIP(peer) !== 0 && isIn(this.list, peer);
    if (this.peers.size >= REMEMBERED_MAX) this.peers.clear();
    this.peers.set(peer, isTrusted);
    return isTrusted;
  }

  /** The address of the client behind a trusted peer. */
  clientOf(peer: string, forwardedFor: string | null): string {
    if (forwardedFor === null) return peer;
    const known = this.clients.get(forwardedFor);
    if (known !== undefined) return known === '' ? peer : known;
    const client = nearestUntrusted('', forwardedFor, this.list);
    if (this.clients.size >= REMEMBERED_MAX) this.clients.clear();
    this.clients.set(forwardedFor, client);
    return client === '' ? peer : client;
  }
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
