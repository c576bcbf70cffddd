import ipaddr from 'ipaddr.js';

/** What an operator lets through by OUTBOUND_ALLOW. */
export interface OutboundAllow {
  hosts: readonly string[];
  cidrs: readonly string[];
}

/** Thrown before a byte is sent. The sentence says what about the address is refused. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
}

const PORTS = new Set(['', '443', '8443']);
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** Names that never belong to a host on the internet (RFC 6761, 6762, 8375, 9476, private-use TLD). */
const PRIVATE_NAME =
  /(^|[.])(localhost|local|internal|intranet|lan|home|corp|private|test|invalid|example|onion|alt|arpa)$/;

/**
 * Whether an address belongs to the public internet. Forms that carry an IPv4 address inside (mapped, NAT64, 6to4,
 * Teredo) and every special range are not: what they lead to depends on the network that Bulwark stands in.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

export function isAllowedAddress(text: string, { cidrs }: OutboundAllow): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return cidrs.some((cidr) => {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    return network.kind() === address.kind() && address.match(network, bits);
  });
}

/** The host of a URL as a name or an address: without brackets and without the dots at its end. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/[.]+$/, '');
}

function checkName(host: string): void {
  if (!host.includes('.'))
    throw new OutboundRefused(
      `"${host}" is a host on a private network. Use a public host, or add it to OUTBOUND_ALLOW.`,
    );
  if (PRIVATE_NAME.test(host))
    throw new OutboundRefused(`"${host}" is a private name, not a host on the internet.`);
}

/**
 * What can be said about an address without asking the network; its resolved addresses are checked when it is used.
 * @throws OutboundRefused
 */
export function parseOutboundUrl(text: string, allow: OutboundAllow): URL {
  if (!URL.canParse(text))
    throw new OutboundRefused(
      'This is not a valid URL. Enter a URL such as https://hooks.example.org/bulwark.',
    );
  const url = new URL(text);
  const host = hostOf(url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OutboundRefused('Use an HTTPS URL.');
  if (url.username !== '' || url.password !== '')
    throw new OutboundRefused('The URL cannot contain a user name or password. Remove them.');
  if (host === '') throw new OutboundRefused('The URL has no host name. Enter a complete URL.');
  if (allow.hosts.includes(host) || isAllowedAddress(host, allow)) return url;
  const isAddress = ipaddr.isValid(host);
  if (isAddress && !isPublicAddress(host))
    throw new OutboundRefused(`${host} is a private or special address.`);
  if (!isAddress) checkName(host);
  // A name may still resolve into an allowed range; then plain http and other ports are decided with its addresses.
  if (!isAddress && allow.cidrs.length > 0) return url;
  checkTransport(url);
  return url;
}

/** @throws OutboundRefused for plain http and for unusual ports */
export function checkTransport(url: URL): void {
  if (url.protocol !== 'https:') throw new OutboundRefused('Use an HTTPS URL.');
  if (!PORTS.has(url.port)) throw new OutboundRefused(`Port ${url.port} is refused; use 443 or 8443.`);
}

/**
 * Decides on the addresses that a host resolved to: one that is refused refuses them all.
 * @throws OutboundRefused
 */
export function checkAddresses(url: URL, addresses: readonly string[], allow: OutboundAllow): void {
  const host = hostOf(url);
  if (addresses.length === 0) throw new OutboundRefused(`Could not resolve ${host}. Check the host name.`);
  if (allow.hosts.includes(host)) return;
  if (addresses.every((address) => isAllowedAddress(address, allow))) return;
  for (const address of addresses) {
    if (isPublicAddress(address) || isAllowedAddress(address, allow)) continue;
    throw new OutboundRefused(`${host} leads to ${address}, which is a private or special address.`);
  }
  checkTransport(url);
}
