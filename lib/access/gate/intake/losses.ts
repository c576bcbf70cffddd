import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@/lib/platform/core/atomic-file';
import { newId } from '@/lib/platform/core/ids';

/** Deliveries that could not be kept, for those who count on them. */
export interface Loss {
  id: string;
  /** Null where it is not known whose they were. */
  tenantId: string | null;
  fromMs: number;
  toMs: number;
  deliveries: number;
  reason: string;
}

const FILE = 'losses.json';
const SAVE_AFTER_MS = 1_000;

/** Counts what was lost until it could be told, across restarts where there is a folder. */
export class Losses {
  private readonly losses = new Map<string, Loss>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly folder: string | null,
    private readonly log: { warn(details: object, message: string): void },
  ) {}

  get isEmpty(): boolean {
    return this.losses.size === 0;
  }

  add(tenantId: string | null, nowMs: number, reason: string): void {
    const key = `${tenantId ?? ''} ${reason}`;
    const known = this.losses.get(key);
    if (known) {
      known.deliveries += 1;
      known.toMs = Math.max(known.toMs, nowMs);
    } else {
      this.losses.set(key, { id: newId(), tenantId, fromMs: nowMs, toMs: nowMs, deliveries: 1, reason });
    }
    this.timer ??= setTimeout(() => void this.save(), SAVE_AFTER_MS).unref();
  }

  /** @param tell must have told of them when it returns; they are forgotten then, and their ids are never told anew */
  async tell(tell: (losses: readonly Loss[]) => Promise<void>): Promise<void> {
    if (this.isEmpty) return;
    const told = [...this.losses];
    this.losses.clear();
    try {
      await tell(told.map(([, loss]) => loss));
    } catch (error) {
      for (const [, loss] of told) this.losses.set(loss.id, loss);
      await this.save();
      throw error;
    }
    await this.save();
  }

  /** Those of an earlier life of this gate, or of one whose folder was taken over: every file but our own. */
  async readOrphans(): Promise<void> {
    if (this.folder === null) return;
    for (const name of await readdir(this.folder)) {
      if (!name.endsWith(`-${FILE}`)) continue;
      const path = join(this.folder, name);
      const list: Loss[] = JSON.parse(await readFile(path, 'utf8'));
      for (const loss of list) this.losses.set(loss.id, loss);
      await this.save();
      await rm(path, { force: true });
    }
  }

  async save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.folder === null) return;
    const path = join(this.folder, FILE);
    try {
      if (this.isEmpty) await rm(path, { force: true });
      else await writeFileAtomic(path, JSON.stringify([...this.losses.values()]));
    } catch (err) {
      this.log.warn({ err }, 'the count of lost events could not be saved');
    }
  }
}
