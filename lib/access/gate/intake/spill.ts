import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Losses } from './losses';
import { readEntry, type SpillEntry, writeEntry } from './spill-entry';
import { adoptOrphans, holdFolder } from './spill-folder';

export interface SpillOptions {
  /** Every gate has a folder of its own in it. */
  dir: string;
  maxBytes: number;
  log: { warn(details: object, message: string): void };
}

const SEGMENT = /^\d{15}-[0-9a-f]{8}\.spill$/;
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** The share of the disk that deliveries may fill whose sender could not be proven yet. */
const UNPROVEN_SHARE = 0.1;
const BATCH_ENTRIES = 200;
const BATCH_BYTES = 4 * 1024 * 1024;
const ADOPT_EVERY_MS = 10_000;

interface Segment {
  name: string;
  bytes: number;
}

interface Waiting {
  bytes: Buffer;
  resolve: (isKept: boolean) => void;
}

/**
 * Deliveries on disk while the database is away, in the order in which they came. Whoever was told that his is kept will
 * find it: the file is flushed before the answer. It is bounded, and what it could not hold is counted.
 */
export class Spill {
  private readonly release: () => Promise<void>;
  private active: (Segment & { handle: FileHandle }) | undefined;
  /** Complete ones, oldest first. */
  private segments: Segment[] = [];
  private drained: (Segment & { at: number }) | undefined;
  private waiting: Waiting[] = [];
  /** What touches the active segment takes turns. */
  private turn: Promise<unknown> = Promise.resolve();
  private reservedBytes = 0;
  private unprovenBytes = 0;
  private adoptTimer: NodeJS.Timeout | undefined;
  private draining: Promise<void> | undefined;

  readonly losses: Losses;

  private constructor(
    private readonly folder: string,
    private readonly options: SpillOptions,
    release: () => Promise<void>,
  ) {
    this.release = release;
    this.losses = new Losses(folder, options.log);
  }

  /** @throws where the folder cannot be written */
  static async open(options: SpillOptions): Promise<Spill> {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const { folder, release } = await holdFolder(options.dir);
    const spill = new Spill(folder, options, release);
    await spill.adopt();
    spill.adoptTimer = setInterval(() => {
      spill
        .adopt()
        .catch((err) => options.log.warn({ err }, 'spilled events of another gate could not be taken over'));
    }, ADOPT_EVERY_MS).unref();
    return spill;
  }

  /** Bytes on disk, and on their way there. */
  get bytes(): number {
    const { segments, active, drained, reservedBytes } = this;
    const complete = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    return complete + (active?.bytes ?? 0) + (drained?.bytes ?? 0) + reservedBytes;
  }

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  /**
   * Keeps a delivery.
   * @param isProven whether its sender was proven before; others share a tenth of the room
   * @returns whether it is on disk for good; false: there is no room, or the disk failed
   */
  append(entry: SpillEntry, isProven: boolean): Promise<boolean> {
    const bytes = writeEntry(entry);
    const { maxBytes } = this.options;
    if (this.bytes + bytes.length > maxBytes) return Promise.resolve(false);
    if (!isProven && this.unprovenBytes + bytes.length > maxBytes * UNPROVEN_SHARE)
      return Promise.resolve(false);
    if (!isProven) this.unprovenBytes += bytes.length;
    this.reservedBytes += bytes.length;
    return new Promise((resolve) => {
      this.waiting.push({ bytes, resolve });
      if (this.waiting.length === 1) void this.inTurn(() => this.write());
    });
  }

  /**
   * Hands over what is kept, oldest first, batch by batch; a batch is gone from disk once `take` returned.
   * @param take must have the batch committed when it returns; what it throws ends the drain and loses nothing
   */
  drain(take: (batch: SpillEntry[]) => Promise<void>): Promise<void> {
    this.draining ??= this.drainNow(take).finally(() => {
      this.draining = undefined;
    });
    return this.draining;
  }

  async close(): Promise<void> {
    clearInterval(this.adoptTimer);
    await this.draining?.catch(() => undefined);
    await this.inTurn(() => this.endSegment());
    await this.losses.save();
    await this.release();
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    await mine;
  }

  private async adopt(): Promise<void> {
    await adoptOrphans(this.options.dir, this.folder);
    const known = new Set([...this.segments, this.active, this.drained].map((segment) => segment?.name));
    for (const name of await readdir(this.folder)) {
      if (!SEGMENT.test(name) || known.has(name)) continue;
      this.segments.push({ name, bytes: (await stat(join(this.folder, name))).size });
    }
    this.segments.sort((a, b) => (a.name < b.name ? -1 : 1));
    await this.losses.readOrphans();
  }

  /** Everything that waits goes into one write and one flush. */
  private async write(): Promise<void> {
    const batch = this.waiting.splice(0);
    const bytes = Buffer.concat(batch.map((one) => one.bytes));
    let isKept = false;
    try {
      await this.appendBytes(bytes);
      isKept = true;
    } catch (err) {
      this.options.log.warn({ err }, 'events could not be kept on disk');
    }
    this.reservedBytes -= bytes.length;
    for (const { resolve } of batch) resolve(isKept);
  }

  private async appendBytes(bytes: Buffer): Promise<void> {
    if (this.active && this.active.bytes > 0 && this.active.bytes + bytes.length > SEGMENT_BYTES)
      await this.endSegment();
    this.active ??= await this.beginSegment();
    const { handle, bytes: start } = this.active;
    try {
      await handle.write(bytes, 0, bytes.length, start);
      await handle.datasync();
      this.active.bytes = start + bytes.length;
    } catch (error) {
      // What a full disk left behind must not stand before what comes later.
      await handle.truncate(start).catch(() => undefined);
      await this.endSegment();
      throw error;
    }
  }

  private async beginSegment() {
    const name = `${String(Date.now()).padStart(15, '0')}-${randomBytes(4).toString('hex')}.spill`;
    const handle = await open(join(this.folder, name), 'wx', 0o600);
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close());
    return { handle, name, bytes: 0 };
  }

  private async endSegment(): Promise<void> {
    const { active } = this;
    if (!active) return;
    this.active = undefined;
    await active.handle.close();
    if (active.bytes > 0) this.segments.push({ name: active.name, bytes: active.bytes });
    else await rm(join(this.folder, active.name), { force: true });
  }

  private async drainNow(take: (batch: SpillEntry[]) => Promise<void>): Promise<void> {
    for (;;) {
      if (!this.drained && this.segments.length === 0) await this.inTurn(() => this.endSegment());
      const next = this.drained ? undefined : this.segments.shift();
      if (next) this.drained = { ...next, at: 0 };
      if (!this.drained) break;
      await this.drainSegment(this.drained, take);
      await rm(join(this.folder, this.drained.name), { force: true });
      this.drained = undefined;
    }
    this.unprovenBytes = 0;
  }

  private async drainSegment(
    segment: Segment & { at: number },
    take: (batch: SpillEntry[]) => Promise<void>,
  ): Promise<void> {
    const file = await readFile(join(this.folder, segment.name));
    for (;;) {
      const batch: SpillEntry[] = [];
      let at = segment.at;
      while (batch.length < BATCH_ENTRIES && at - segment.at < BATCH_BYTES) {
        const next = readEntry(file, at);
        if (!next) break;
        batch.push(next.entry);
        at = next.end;
      }
      if (batch.length === 0) break;
      await take(batch);
      segment.at = at;
    }
    const torn = file.length - segment.at;
    if (torn > 0)
      this.options.log.warn({ name: segment.name, bytes: torn }, 'the end of a file of kept events is torn');
  }
}
