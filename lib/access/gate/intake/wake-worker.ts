const REPEAT_MS = 250;
const REMEMBERED_MAX = 10_000;

/** Tells the worker of tenants with deliveries: at once, and again at most four times a second while more come. */
export class WakeWorker {
  private readonly due = new Map<string, NodeJS.Timeout | null>();

  constructor(private readonly tell: (tenantId: string) => void) {}

  received(tenantId: string): void {
    if (this.due.has(tenantId)) {
      this.due.set(tenantId, this.due.get(tenantId) ?? this.later(tenantId));
      return;
    }
    if (this.due.size >= REMEMBERED_MAX) this.stop();
    this.due.set(tenantId, null);
    this.tell(tenantId);
    setTimeout(() => {
      if (this.due.get(tenantId) === null) this.due.delete(tenantId);
    }, REPEAT_MS).unref();
  }

  stop(): void {
    for (const timer of this.due.values()) if (timer) clearTimeout(timer);
    this.due.clear();
  }

  private later(tenantId: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.due.delete(tenantId);
      this.received(tenantId);
    }, REPEAT_MS).unref();
  }
}
