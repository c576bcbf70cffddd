import { canonicalAddress, NetworkSet } from '@/lib/platform/core/address';
import { PEER_HEADER } from '@/lib/platform/core/http/own-headers';

const HOPS_MAX = 20;

/** An address with or without brackets and a port, in its one spelling. */
function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]+)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return canonicalAddress(bare);
}

/**
 * The address of the caller: that of the socket, unless that is a trusted proxy; then the right-most entry of
 * X-Forwarded-For that is not one. Entries further left are the client's own words and are never believed.
 * @returns null where the socket is not known (outside the web server)
 */
export function clientIpOf(headers: Headers, trustedProxies: readonly string[]): string | null {
  const peer = plainAddress(headers.get(PEER_HEADER) ?? '');
  if (!peer || trustedProxies.length === 0) return peer;
  const trusted = new NetworkSet(trustedProxies);
  if (!trusted.has(peer)) return peer;
  return nearestUntrusted(peer, headers.get('x-forwarded-for') ?? '', trusted);
}

/** The right-most address behind a trusted peer that is not trusted itself; what cannot be read ends the search. */
function nearestUntrusted(peer: string, forwardedFor: string, trusted: NetworkSet): string {
  const hops = forwardedFor.split(',').slice(-HOPS_MAX).reverse();
  let nearest = peer;
  for (const hop of hops) {
    const address = plainAddress(hop);
    if (!address) return nearest;
    nearest = address;
    if (!trusted.has(address)) return address;
  }
  return nearest;
}

const REMEMBERED_MAX = 10_000;

/** The proxies that are believed. Remembers what it worked out, since the same addresses come again and again. */
export class TrustedProxies {
  private readonly list: NetworkSet;
  private readonly peers = new Map<string, boolean>();
  private readonly clients = new Map<string, string>();

  /** @param cidrs networks, or single addresses */
  constructor(cidrs: readonly string[]) {
    this.list = new NetworkSet(cidrs);
  }

  /** @param peer the address of a socket */
  has(peer: string): boolean {
    const known = this.peers.get(peer);
    if (known !== undefined) return known;
    const isTrusted = this.list.has(peer);
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
