import { parseDecimal } from './bytes';
import { formatVkey, NoteError, parseVkey, SIGNATURE_TYPES, type VerifierKey } from './note';

/** Trust policies of c2sp.org/tlog-policy: which logs, which witnesses, and how many of them suffice. */

export interface PolicyLog {
  key: VerifierKey;
  url: string | null;
}

export interface PolicyWitness {
  name: string;
  key: VerifierKey;
  /** Submission prefix, without a slash at its end. */
  url: string | null;
}

export interface PolicyGroup {
  name: string;
  /** How many of the members it takes. */
  needed: number;
  members: readonly string[];
}

export interface Policy {
  logs: readonly PolicyLog[];
  witnesses: readonly PolicyWitness[];
  groups: readonly PolicyGroup[];
  /** The name of a witness or a group, or `none`. */
  quorum: string;
}

/** The file cannot be used; `message` names the line. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

const NONE = 'none';
const ALLOWED = /^[\t\n\u0020-\u007e\u0080-\u{10ffff}]*$/u;
const WITNESS_TYPES: readonly number[] = [
  SIGNATURE_TYPES.ed25519Cosignature,
  SIGNATURE_TYPES.mlDsa44Cosignature,
];
const LOG_TYPES: readonly number[] = [SIGNATURE_TYPES.ed25519, SIGNATURE_TYPES.mlDsa44Cosignature];

class Reader {
  readonly logs: PolicyLog[] = [];
  readonly witnesses: PolicyWitness[] = [];
  readonly groups: PolicyGroup[] = [];
  private readonly members = new Set<string>();
  quorum: string | null = null;

  read([keyword, ...words]: readonly string[]): void {
    switch (keyword) {
      case 'log':
        this.readLog(words);
        break;
      case 'witness':
        this.readWitness(words);
        break;
      case 'group':
        this.readGroup(words);
        break;
      case 'quorum':
        this.readQuorum(words);
        break;
      default:
        throw new PolicyError(`"${keyword}" is none of log, witness, group and quorum`);
    }
  }

  private readLog([vkey, url, ...rest]: readonly string[]): void {
    if (vkey === undefined || rest.length > 0) throw new PolicyError('a log has a key and at most a URL');
    this.logs.push({ key: keyOf(vkey, LOG_TYPES, this.logs), url: url ?? null });
  }

  private readWitness([name, vkey, url, ...rest]: readonly string[]): void {
    if (name === undefined || vkey === undefined || rest.length > 0) {
      throw new PolicyError('a witness has a name, a key and at most a URL');
    }
    this.define(name);
    const key = keyOf(vkey, WITNESS_TYPES, this.witnesses);
    this.witnesses.push({ name, key, url: url?.replace(/\/+$/, '') ?? null });
  }

  private readGroup([name, threshold, ...members]: readonly string[]): void {
    if (name === undefined || threshold === undefined || members.length === 0) {
      throw new PolicyError('a group has a name, a threshold and members');
    }
    for (const member of members) {
      if (!this.isDefined(member)) throw new PolicyError(`"${member}" is not defined above`);
      if (this.members.has(member)) throw new PolicyError(`"${member}" is in two groups`);
      this.members.add(member);
    }
    const words: Record<string, number> = { any: 1, all: members.length };
    const needed = words[threshold] ?? parseDecimal(threshold) ?? 0;
    if (needed < 1 || needed > members.length) {
      throw new PolicyError(`the threshold of a group is all, any, or 1 to ${members.length}`);
    }
    this.define(name);
    this.groups.push({ name, needed, members });
  }

  private readQuorum([name, ...rest]: readonly string[]): void {
    if (this.quorum !== null) throw new PolicyError('there are two quorum lines');
    if (name === undefined || rest.length > 0) throw new PolicyError('a quorum has one name');
    if (name !== NONE && !this.isDefined(name)) throw new PolicyError(`"${name}" is not defined above`);
    this.quorum = name;
  }

  private isDefined(name: string): boolean {
    return [...this.witnesses, ...this.groups].some((each) => each.name === name);
  }

  private define(name: string): void {
    if (name === NONE || this.isDefined(name)) throw new PolicyError(`the name "${name}" is taken`);
  }
}

function keyOf(vkey: string, types: readonly number[], others: readonly { key: VerifierKey }[]): VerifierKey {
  try {
    const key = parseVkey(vkey);
    if (!types.includes(key.type))
      throw new PolicyError(`the key ${key.name} is not of a type for this line`);
    const publicKey = String(key.publicKey);
    if (others.some((other) => String(other.key.publicKey) === publicKey)) {
      throw new PolicyError(`the key ${key.name} is listed twice`);
    }
    return key;
  } catch (error) {
    if (error instanceof NoteError) throw new PolicyError(error.message.toLowerCase().replace(/\.$/, ''));
    throw error;
  }
}

/** @throws PolicyError */
export function parsePolicy(text: string): Policy {
  if (!ALLOWED.test(text)) throw new PolicyError('The policy holds a control character.');
  const reader = new Reader();
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length === 0 || words[0]?.startsWith('#')) continue;
    try {
      reader.read(words);
    } catch (error) {
      if (error instanceof PolicyError)
        throw new PolicyError(`Line ${i + 1} of the policy: ${error.message}.`);
      throw error;
    }
  }
  const { logs, witnesses, groups, quorum } = reader;
  if (quorum === null) throw new PolicyError('The policy has no quorum line.');
  return { logs, witnesses, groups, quorum };
}

export function formatPolicy({ logs, witnesses, groups, quorum }: Policy): string {
  const join = (...words: (string | null)[]) => words.filter((word) => word !== null).join(' ');
  const lines = [
    ...logs.map(({ key, url }) => join('log', formatVkey(key), url)),
    ...witnesses.map(({ name, key, url }) => join('witness', name, formatVkey(key), url)),
    ...groups.map(({ name, needed, members }) => join('group', name, String(needed), ...members)),
    `quorum ${quorum}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** @param cosigned names of the witnesses whose cosignature verified */
export function isQuorumMet({ groups, quorum }: Policy, cosigned: ReadonlySet<string>): boolean {
  const isMet = (name: string): boolean => {
    const group = groups.find((each) => each.name === name);
    return group ? group.members.filter(isMet).length >= group.needed : cosigned.has(name);
  };
  return quorum === NONE || isMet(quorum);
}
