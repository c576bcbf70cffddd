import { scannerLog } from '@/db/schema/scanners';
import type { WriteTx } from '@/db/scope';
import { redactLine } from './redact';

const LINES_MAX = 6_000;

/** Lines of one run on their way into the database; they are redacted before they wait. */
export class RunLog {
  private waiting: (typeof scannerLog.$inferInsert)[] = [];

  constructor(
    private readonly tenantId: string,
    private readonly runId: string,
    private readonly secrets: readonly string[],
    private number: number,
  ) {}

  add(source: 'bulwark' | 'scanner', line: string): void {
    const text = redactLine(line, this.secrets);
    if (text.trim() === '' || this.number >= LINES_MAX) return;
    this.number += 1;
    const { tenantId, runId, number } = this;
    this.waiting.push({ tenantId, runId, number, at: new Date(), source, line: text });
  }

  // guard: the log of a run, which the run's own verb requested, started and ends with audit rows
  /** Writes what waits; it waits on until `forget` says that the transaction was committed. @returns how many */
  async write(tx: WriteTx): Promise<number> {
    // A copy: lines come in while this one is written.
    const lines = [...this.waiting];
    for (let from = 0; from < lines.length; from += 500)
      await tx
        .insert(scannerLog)
        .values(lines.slice(from, from + 500))
        .onConflictDoNothing();
    return lines.length;
  }

  forget(count: number): void {
    this.waiting = this.waiting.slice(count);
  }
}
