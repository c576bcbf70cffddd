import type { GateStore } from '@/db/gate-store';
import type { KeyCache } from '@/lib/access/gate/decide/key-cache';
import type { GatePolicy } from '@/lib/access/gate-routes/route-table';
import { refusedFiles } from '@/lib/platform/core/watched-files';
import type { WatchedFile } from '@/lib/platform/core/watched-files-contract';
import type { LimiterState } from '@/lib/platform/rate-limit/contract';
import type { Limiter } from '@/lib/platform/rate-limit/limiter';

/** A reading is shared by all who ask within this time, so that probes cannot load the database. */
const READING_LASTS_MS = 500;

export interface Readiness {
  status: 'ready' | 'unavailable';
  checks: {
    database: 'up' | 'down';
    /** Tenants in memory whose keys have changed since; the next question about one brings it up to date. */
    cache: { keys: number; tenants: number; tenantsBehind: number };
    /** The version of security/gate.yaml in force: the first characters of its SHA-256. */
    routes: string;
    limits: LimiterState['store'];
    /** Policy files whose newest version is not in force, and on which line it goes wrong. */
    refusedFiles: { name: WatchedFile; line: number }[];
  };
}

/** What readiness tells of beside the database. */
export interface ReadinessSources {
  readonly policy: { readonly current: GatePolicy };
  readonly limiter: Limiter;
}

/** Whether questions can be decided and recorded right now. */
export class ReadinessProbe {
  private reading: Promise<Readiness> | undefined;
  private readAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: GateStore,
    private readonly cache: KeyCache,
    private readonly sources: ReadinessSources,
  ) {}

  read(): Promise<Readiness> {
    if (!this.store.isUp) this.reading = undefined;
    const nowMs = performance.now();
    if (!this.reading || nowMs - this.readAtMs > READING_LASTS_MS) {
      this.readAtMs = nowMs;
      this.reading = this.readNow();
    }
    return this.reading;
  }

  private async readNow(): Promise<Readiness> {
    const { cache, store } = this;
    const known = cache.revisions();
    let tenantsBehind = 0;
    let isUp = true;
    try {
      const current = await store.readRevisions([...known.keys()]);
      for (const [tenantId, revision] of known) if (current.get(tenantId) !== revision) tenantsBehind += 1;
    } catch {
      isUp = false;
    }
    return {
      status: isUp ? 'ready' : 'unavailable',
      checks: {
        database: isUp ? 'up' : 'down',
        cache: { keys: cache.size, tenants: cache.tenantCount, tenantsBehind },
        routes: this.sources.policy.current.hash.slice(0, 12),
        limits: this.sources.limiter.state.store,
        refusedFiles: refusedFiles(),
      },
    };
  }
}
