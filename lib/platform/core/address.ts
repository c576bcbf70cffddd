/** An address as a number. An IPv4 address that is written within IPv6 is one of IPv4. */
export type Address = { family: 4; value: number } | { family: 6; value: bigint };

const DIGIT_0 = 48;

/** @returns null where the text is not four plain decimal numbers */
function parseIpv4(text: string): number | null {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (digit >= 0 && digit <= 9) {
      if (part === 0) return null;
      part = part === -1 ? digit : part * 10 + digit;
      if (part > 255) return null;
    } else {
      if (text[i] !== '.' || part === -1 || dots === 3) return null;
      value = value * 256 + part;
      part = -1;
      dots += 1;
    }
  }
  return dots === 3 && part !== -1 ? value * 256 + part : null;
}

const GROUP = /^[0-9a-f]{1,4}$/i;

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const isDotted = i === parts.length - 1 && part.includes('.');
    const ipv4 = isDotted ? parseIpv4(part) : null;
    if (isDotted && ipv4 === null) return null;
    if (!isDotted && !GROUP.test(part)) return null;
    if (ipv4 === null) groups.push(Number.parseInt(part, 16));
    else groups.push(ipv4 >>> 16, ipv4 & 0xffff);
  }
  return groups;
}

function parseIpv6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const left = groupsOf(halves[0] ?? '');
  const right = halves.length === 2 ? groupsOf(halves[1] ?? '') : [];
  if (!left || !right) return null;
  const zeros = 8 - left.length - right.length;
  if (halves.length === 2 ? zeros < 1 : zeros !== 0) return null;
  let value = 0n;
  for (const group of left) value = (value << 16n) | BigInt(group);
  value <<= BigInt(16 * zeros);
  for (const group of right) value = (value << 16n) | BigInt(group);
  return value;
}

interface Carrier {
  /** The first `bits` of an address that carries IPv4 right behind them. */
  prefix: bigint;
  bits: number;
}

/** One caller could count as many, or pass a block, by each of these spellings of its IPv4 address. */
const CARRIERS: readonly Carrier[] = [
  // Mapped, ::ffff:0:0/96 (RFC 4291, section 2.5.5.2).
  { prefix: 0xffffn, bits: 96 },
  // NAT64, 64:ff9b::/96 (RFC 6052, section 2.1).
  { prefix: 0x64_ff9bn << 64n, bits: 96 },
  // 6to4, 2002::/16 (RFC 3056, section 2).
  { prefix: 0x2002n, bits: 16 },
];

const carrierOf = (value: bigint) =>
  CARRIERS.find(({ prefix, bits }) => value >> BigInt(128 - bits) === prefix);

interface Parsed {
  address: Address;
  /** Of IPv4 written within IPv6: the whole, and how many bits stand before it. */
  within: { value: bigint; bits: number } | null;
}

function parse(text: string): Parsed | null {
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === null ? null : { address: { family: 4, value }, within: null };
  }
  const zone = text.indexOf('%');
  const value = parseIpv6(zone === -1 ? text : text.slice(0, zone));
  if (value === null) return null;
  const carrier = carrierOf(value);
  if (!carrier) return { address: { family: 6, value }, within: null };
  const ipv4 = Number((value >> BigInt(96 - carrier.bits)) & 0xffff_ffffn);
  return { address: { family: 4, value: ipv4 }, within: { value, bits: carrier.bits } };
}

/** @returns null where the text is no address; a zone (`%eth0`) is left out */
export const parseAddress = (text: string): Address | null => parse(text)?.address ?? null;

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

/** The network of an address as text: its first `bits`, then zeros. */
function networkText(address: Address, bits: number): string {
  if (address.family === 4) {
    const network = bits === 0 ? 0 : (address.value >>> (32 - bits)) * 2 ** (32 - bits);
    return `${textOfIpv4(network)}/${bits}`;
  }
  const host = BigInt(128 - bits);
  return `${textOfIpv6((address.value >> host) << host)}/${bits}`;
}

/**
 * The one spelling of an address: IPv4 with dots, also where it came within IPv6; IPv6 as RFC 5952 writes it, without a
 * zone.
 * @returns null where the text is no address
 */
export function canonicalAddress(text: string): string | null {
  const address = parseAddress(text);
  if (!address) return null;
  return address.family === 4 ? textOfIpv4(address.value) : textOfIpv6(address.value);
}

/**
 * The one spelling of a network: `192.0.2.7` becomes `192.0.2.7/32`, `10.1.2.3/8` becomes `10.0.0.0/8`, and networks of
 * IPv4 within IPv6 become those of IPv4.
 * @returns null where the text is neither an address nor a network
 */
export function canonicalNetwork(text: string): string | null {
  const [address = '', size, ...rest] = text.split('/');
  const parsed = rest.length === 0 ? parse(address) : null;
  if (!parsed || (size !== undefined && !/^\d{1,3}$/.test(size))) return null;
  const { address: found, within } = parsed;
  const bitsMax = found.family === 4 ? 32 : 128;
  if (size === undefined) return networkText(found, bitsMax);
  const bits = Number(size);
  if (bits > (address.includes(':') ? 128 : 32)) return null;
  if (!within) return networkText(found, bits);
  if (bits < within.bits) return networkText({ family: 6, value: within.value }, bits);
  // Whatever stands behind the IPv4 address belongs to it as well.
  return networkText(found, Math.min(bits - within.bits, bitsMax));
}

/** The first bits of IPv6 that one subscriber holds: what a limit per address counts by, unless it says otherwise. */
export const IPV6_PREFIX_BITS = 64;

/**
 * What a limit per address counts by: an IPv4 address, of IPv6 the network, since one host owns that many.
 * @returns `unknown` where there is no address
 */
export function limitSubject(ip: string | null, ipv6PrefixBits = IPV6_PREFIX_BITS): string {
  const address = ip === null ? null : parseAddress(ip);
  if (!address) return 'unknown';
  return address.family === 4 ? textOfIpv4(address.value) : networkText(address, ipv6PrefixBits);
}

/** All networks of one size: what an address leaves after its host bits are cut off. */
interface Level<T> {
  bits: number;
  ipv4: Map<number, T[]>;
  ipv6: Map<bigint, T[]>;
}

const cutIpv4 = (value: number, bits: number) => (bits === 0 ? 0 : value >>> (32 - bits));
const cutIpv6 = (value: bigint, bits: number) => value >> BigInt(128 - bits);

function push<K, T>(map: Map<K, T[]>, key: K, entry: T): void {
  const known = map.get(key);
  if (known) known.push(entry);
  else map.set(key, [entry]);
}

/** Networks, found by an address in them: one look-up for every size of network that occurs, the smallest first. */
export class NetworkIndex<T> {
  private readonly levels: { 4: Level<T>[]; 6: Level<T>[] } = { 4: [], 6: [] };

  /** @returns false where the text is no network such as `10.0.0.0/8` */
  add(cidr: string, entry: T): boolean {
    const canonical = cidr.includes('/') ? canonicalNetwork(cidr) : null;
    if (canonical === null) return false;
    const slash = canonical.lastIndexOf('/');
    const address = parseAddress(canonical.slice(0, slash));
    const bits = Number(canonical.slice(slash + 1));
    if (!address) return false;
    const level = this.levelFor(address.family, bits);
    if (address.family === 4) push(level.ipv4, cutIpv4(address.value, bits), entry);
    else push(level.ipv6, cutIpv6(address.value, bits), entry);
    return true;
  }

  /** The first entry that `holds`, of the smallest network around the address. */
  find(ip: string, holds: (entry: T) => boolean): T | null {
    const address = parseAddress(ip);
    if (!address) return null;
    for (const level of this.levels[address.family]) {
      const entries =
        address.family === 4
          ? level.ipv4.get(cutIpv4(address.value, level.bits))
          : level.ipv6.get(cutIpv6(address.value, level.bits));
      const found = entries?.find(holds);
      if (found !== undefined) return found;
    }
    return null;
  }

  private levelFor(family: 4 | 6, bits: number): Level<T> {
    const levels = this.levels[family];
    const known = levels.find((level) => level.bits === bits);
    if (known) return known;
    const level = { bits, ipv4: new Map(), ipv6: new Map() };
    levels.push(level);
    levels.sort((a, b) => b.bits - a.bits);
    return level;
  }
}

const always = () => true;

/** A set of networks and single addresses. */
export class NetworkSet {
  private readonly index = new NetworkIndex<true>();

  /** @param networks such as `10.0.0.0/8`, or single addresses */
  constructor(networks: readonly string[]) {
    for (const network of networks) this.index.add(canonicalNetwork(network) ?? '', true);
  }

  has(ip: string): boolean {
    return this.index.find(ip, always) !== null;
  }
}
