import type { Fault } from '../contract';
import { encodeLeaf } from '../leaf/encode-leaf';
import type { FieldOpenings, SealedEvent } from '../leaf/sealed-event';
import { equalBytes, fromBase64, toBase64, utf8 } from '../tlog/bytes';
import type { Checkpoint } from '../tlog/checkpoint';
import { CompactRange, HASH_BYTES, leafHash, nodesOf, verifyInclusion } from '../tlog/merkle';
import { parseNote } from '../tlog/note';
import { isQuorumMet, type Policy } from '../tlog/policy';
import { verifySignatures } from '../tlog/signature';
import { checkNote, type KeyRing, ringOfKeys } from '../verify/key-ring';
import {
  type BundleEvent,
  type BundleHeader,
  type BundleLine,
  type BundleLog,
  bundleLine,
} from './bundle-format';

/** Verification of a bundle: without a database, a network or the installation that it is of. */

export interface BundleReport {
  tenantId: string;
  createdAt: string;
  proves: BundleHeader['proves'];
  logs: { origin: string; size: number; begin: number; end: number }[];
  events: number;
  erased: number;
  retired: number;
  /** Null: the policy asks for no witness. */
  isWitnessed: boolean | null;
  witnessedAt: string | null;
  faults: Fault[];
  faultCount: number;
}

/** The file is not a bundle. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

const FAULTS_LISTED_MAX = 1_000;
/** Changed events among which an exchange of places is looked for. */
const CHANGED_MAX = 500;

function hashOf(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes?.length !== HASH_BYTES) throw new BundleError('A hash of the bundle is damaged.');
  return bytes;
}

function saltOf(text: string | undefined): Uint8Array {
  const bytes = fromBase64(text ?? '');
  if (!bytes) throw new BundleError('A salt of the bundle is damaged.');
  return bytes;
}

/** The leaf hash of an event as it is in the bundle; null where what should open it does not fit. */
function leafOf({ event, salt, fields }: BundleEvent): Uint8Array | null {
  const opening = fields ? { fields: fields as FieldOpenings } : { salt: saltOf(salt) };
  try {
    return leafHash(encodeLeaf(event as SealedEvent, opening));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** One tree: its checkpoint, and its leaves as they come. */
class TreeCheck {
  private readonly range: CompactRange | null;
  private next: number;
  private isBroken = false;
  private readonly gone = new Set<number>();
  private readonly changed: { index: number; eventId: string; hash: string; computed: string }[] = [];
  readonly head: Checkpoint | null;

  constructor(
    readonly log: BundleLog,
    ring: KeyRing,
    private readonly note: (fault: Omit<Fault, 'tenantId'>) => void,
  ) {
    const checked = checkNote(log.checkpoint, ring);
    if (checked.problem !== null)
      this.fault('unknown_signer', log.size, `The checkpoint: ${checked.problem}`);
    this.head = checked.problem === null ? checked.checkpoint : null;
    if (this.head && (this.head.origin !== log.origin || this.head.size !== log.size)) {
      this.fault('tree_forked', log.size, 'The bundle is of another tree than its checkpoint.');
    }
    for (const { origin, from, to } of log.lost) {
      const message = `Leaves ${from} to ${to - 1} were lost in a restore.`;
      note({ kind: 'lost_in_restore', origin, index: from, until: to, eventId: null, message });
    }
    this.next = log.begin;
    this.range = this.leftOf(log);
  }

  private leftOf({ begin, left }: BundleLog): CompactRange | null {
    if (nodesOf({ begin: 0, end: begin }).length === left.length)
      return CompactRange.of(begin, left.map(hashOf));
    this.fault('tree_forked', begin, 'The hashes in front of the range do not fit it.');
    return null;
  }

  private fault(
    kind: Fault['kind'],
    index: number | null,
    message: string,
    eventId: string | null = null,
  ): void {
    this.note({ kind, origin: this.log.origin, index, eventId, message });
  }

  /** @returns false where the leaf is none of the range, or comes twice */
  private takePlace(index: number, eventId: string | null): boolean {
    if (index >= this.log.end || index < this.log.begin) {
      this.fault('row_extra', index, `Leaf ${index} does not belong to the range of the bundle.`, eventId);
      return false;
    }
    if (index < this.next) {
      const isLate = this.gone.delete(index);
      const message = isLate
        ? `Leaf ${index} stands at another place.`
        : `Leaf ${index} is in the bundle twice.`;
      this.fault(isLate ? 'order_changed' : 'row_extra', index, message, eventId);
      return false;
    }
    for (; this.next < index; this.next++) this.gone.add(this.next);
    if (this.gone.size > 0) this.isBroken = true;
    this.next = index + 1;
    return true;
  }

  /** @returns whether the event is what was sealed */
  addEvent(line: BundleEvent): void {
    const { index, event, hash } = line;
    const computed = leafOf(line);
    const stated = hashOf(hash);
    const isSame = computed !== null && equalBytes(computed, stated);
    if (!isSame) {
      this.changed.push({ index, eventId: event.id, hash, computed: computed ? toBase64(computed) : '' });
    }
    if (line.proof) this.checkProof(line, stated);
    else if (this.takePlace(index, event.id)) this.range?.append(stated);
  }

  addGap(index: number, hash: string): void {
    if (this.takePlace(index, null)) this.range?.append(hashOf(hash));
  }

  private checkProof({ index, proof, event }: BundleEvent, leaf: Uint8Array): void {
    if (!this.head) return;
    const { size, root } = this.head;
    if (verifyInclusion(index, size, leaf, (proof ?? []).map(hashOf), root)) return;
    this.fault(
      'tree_forked',
      index,
      `The proof of the event ${event.id} does not lead to the checkpoint.`,
      event.id,
    );
  }

  /** After the last line of the tree. */
  finish(isComplete: boolean): void {
    this.nameChanged();
    if (!isComplete) return;
    for (; this.next < this.log.end; this.next++) this.gone.add(this.next);
    for (const index of this.gone) this.fault('row_missing', index, `Leaf ${index} is not in the bundle.`);
    if (this.gone.size > 0 || this.isBroken || !this.range || !this.head) return;
    const nodes = nodesOf({ begin: this.log.end, end: this.log.size });
    if (nodes.length !== this.log.right.length || this.range.size !== this.log.end) {
      this.fault('tree_forked', this.log.end, 'The hashes behind the range do not fit it.');
      return;
    }
    for (const [i, { level }] of nodes.entries()) this.range.append(hashOf(this.log.right[i] ?? ''), level);
    if (!equalBytes(this.range.root(), this.head.root)) {
      this.fault('tree_forked', null, 'The leaves do not add up to the root that was signed.');
    }
  }

  /** Two events of which each is what the other's leaf was sealed from have exchanged their places. */
  private nameChanged(): void {
    const some = this.changed.slice(0, CHANGED_MAX);
    for (const { index, eventId, hash, computed } of this.changed) {
      const isMoved = some.some((other) => other.hash === computed || other.computed === hash);
      const message = isMoved
        ? `The event ${eventId} has exchanged its place with another one.`
        : `The event ${eventId} is not what was sealed.`;
      this.fault(isMoved ? 'order_changed' : 'content_changed', index, message, eventId);
    }
  }
}

class BundleCheck {
  private header: BundleHeader | null = null;
  private tree: TreeCheck | null = null;
  private ended: { events: number; gaps: number } | null = null;
  private readonly trees: TreeCheck[] = [];
  private readonly ring: KeyRing;
  private faultCount = 0;
  private readonly faults: Fault[] = [];
  private events = 0;
  private erased = 0;
  private gaps: { index: number; at: string; origin: string }[] = [];

  constructor(private readonly policy: Policy) {
    this.ring = ringOfKeys(
      'the policy',
      policy.logs.map(({ key }) => ({ key, from: 0, until: null })),
    );
  }

  private readonly note = (fault: Omit<Fault, 'tenantId'>): void => {
    this.faultCount += 1;
    if (this.faults.length < FAULTS_LISTED_MAX) {
      this.faults.push({ ...fault, tenantId: this.header?.tenantId ?? '' });
    }
  };

  add(line: BundleLine): void {
    if (this.ended) throw new BundleError('The bundle goes on behind its end.');
    if (line.type === 'bundle') {
      if (this.header) throw new BundleError('The bundle has two headers.');
      this.header = line;
      return;
    }
    if (!this.header) throw new BundleError('The bundle has no header.');
    if (line.type === 'end') this.ended = line;
    else if (line.type === 'log') this.beginTree(line);
    else this.addLeaf(line);
  }

  private beginTree(line: BundleLog): void {
    this.tree?.finish(this.header?.proves === 'complete');
    this.tree = new TreeCheck(line, this.ring, this.note);
    this.trees.push(this.tree);
  }

  private addLeaf(line: Extract<BundleLine, { type: 'event' | 'gap' }>): void {
    const { tree } = this;
    if (!tree) throw new BundleError('A leaf of the bundle belongs to no tree.');
    if (line.type === 'gap') {
      this.gaps.push({ index: line.index, at: line.at, origin: tree.log.origin });
      tree.addGap(line.index, line.hash);
      return;
    }
    if (line.event.tenantId !== this.header?.tenantId)
      throw new BundleError('An event of the bundle is another tenant’s.');
    this.events += 1;
    if (line.fields) this.erased += 1;
    tree.addEvent(line);
  }

  /** A leaf without its event is no fault as far as the policy says that it was retired. @returns how many */
  private settleGaps(): number {
    const room = (this.header?.retired ?? []).map(({ from, to, leaves }) => ({ from, to, leaves }));
    let retired = 0;
    for (const { index, at, origin } of this.gaps) {
      const atMs = Date.parse(at);
      const span = room.find(
        (each) => atMs >= Date.parse(each.from) && atMs < Date.parse(each.to) && each.leaves > 0,
      );
      if (span) {
        span.leaves -= 1;
        retired += 1;
      } else {
        this.note({
          kind: 'row_missing',
          origin,
          index,
          eventId: null,
          message: `The event of leaf ${index} is gone.`,
        });
      }
    }
    return retired;
  }

  /** @returns when enough witnesses had cosigned the log that the checkpoint is entered in, in milliseconds */
  private witnessedAt({ log }: TreeCheck): number | null {
    const { entry } = log;
    if (!entry) return null;
    const checked = checkNote(entry.checkpoint, this.ring);
    const fault = (kind: Fault['kind'], message: string) =>
      this.note({ kind, origin: log.origin, index: entry.index, eventId: null, message });
    if (checked.problem !== null) {
      fault('unknown_signer', `The checkpoint of the installation: ${checked.problem}`);
      return null;
    }
    const { size, root } = checked.checkpoint;
    const leaf = leafHash(utf8(parseNote(log.checkpoint).text));
    if (!verifyInclusion(entry.index, size, leaf, entry.proof.map(hashOf), root)) {
      fault('tree_forked', 'The log of the installation does not hold this checkpoint.');
      return null;
    }
    const signatures = verifySignatures(
      parseNote(entry.checkpoint),
      this.policy.witnesses.map(({ key }) => key),
    );
    const names = this.policy.witnesses
      .filter(({ key }) => signatures.some((each) => each.key === key))
      .map(({ name }) => name);
    return isQuorumMet(this.policy, new Set(names))
      ? Math.max(0, ...signatures.map(({ time }) => time ?? 0)) * 1000
      : null;
  }

  private checkWitnesses(): { isWitnessed: boolean | null; witnessedAt: string | null } {
    const times = this.trees.filter(({ head }) => head).map((tree) => ({ tree, ms: this.witnessedAt(tree) }));
    if (this.policy.quorum === 'none') return { isWitnessed: null, witnessedAt: null };
    for (const { tree } of times.filter(({ ms }) => ms === null)) {
      const message = 'No checkpoint with this tree carries the cosignatures that the policy asks for.';
      this.note({ kind: 'not_witnessed', origin: tree.log.origin, index: null, eventId: null, message });
    }
    const newest = Math.max(0, ...times.map(({ ms }) => ms ?? 0));
    return {
      isWitnessed: times.length > 0 && times.every(({ ms }) => ms !== null),
      witnessedAt: newest === 0 ? null : new Date(newest).toISOString(),
    };
  }

  report(): BundleReport {
    const { header } = this;
    if (!header) throw new BundleError('The bundle has no header.');
    this.tree?.finish(header.proves === 'complete');
    const retired = this.settleGaps();
    const isCut = this.ended?.events !== this.events || this.ended.gaps !== this.gaps.length;
    if (isCut) {
      const message = 'The bundle was cut off, or lines of it were removed or added.';
      this.note({
        kind: 'row_missing',
        origin: this.tree?.log.origin ?? null,
        index: null,
        eventId: null,
        message,
      });
    }
    const witnessed = this.checkWitnesses();
    const { tenantId, createdAt, proves } = header;
    return {
      ...{ tenantId, createdAt, proves },
      logs: this.trees.map(({ log: { origin, size, begin, end } }) => ({ origin, size, begin, end })),
      ...{ events: this.events, erased: this.erased, retired, ...witnessed },
      ...{ faults: this.faults, faultCount: this.faultCount },
    };
  }
}

function parseLine(text: string, number: number): BundleLine {
  try {
    return bundleLine.parse(JSON.parse(text));
  } catch {
    throw new BundleError(`Line ${number} of the file is not a line of a bundle.`);
  }
}

/** @param policy whose signatures count: not taken from the bundle, or anybody could have made it @throws BundleError */
export async function verifyBundle(lines: AsyncIterable<string>, policy: Policy): Promise<BundleReport> {
  const check = new BundleCheck(policy);
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text !== '') check.add(parseLine(text, number));
  }
  return check.report();
}
