/** An address as a number; IPv4 written as IPv6 (`::ffff:192.0.2.7`) counts as IPv4. */
export type Address = { family: 4; value: number } | { family: 6; value: bigint };

const DIGIT_0 = 48;
const MAPPED_PREFIX = 0xffffn;

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

/** @returns null where the text is no address; a zone (`%eth0`) is left out */
export function parseAddress(text: string): Address | null {
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === null ? null : { family: 4, value };
  }
  const zone = text.indexOf('%');
  const value = parseIpv6(zone === -1 ? text : text.slice(0, zone));
  if (value === null) return null;
  return value >> 32n === MAPPED_PREFIX
    ? { family: 4, value: Number(value & 0xffff_ffffn) }
    : { family: 6, value };
}

/** All networks of one size: what an address leaves after its host bits are cut off. */
interface Level<T> {
  bits: number;
  ipv4: Map<number, T[]>;
  ipv6: Map<bigint, T[]>;
}

function cutIpv4(value: number, bits: number): number {
  return bits === 0 ? 0 : value >>> (32 - bits);
}

function cutIpv6(value: bigint, bits: number): bigint {
  return value >> BigInt(128 - bits);
}

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
    const slash = cidr.lastIndexOf('/');
    const address = parseAddress(cidr.slice(0, slash));
    const bits = Number(cidr.slice(slash + 1));
    if (slash === -1 || !address || !Number.isInteger(bits) || bits < 0) return false;
    if (bits > (address.family === 4 ? 32 : 128)) return false;
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
