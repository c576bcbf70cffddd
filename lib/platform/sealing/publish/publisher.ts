import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { log } from '@/lib/platform/core/log';
import { jobActor } from '@/lib/platform/jobs/contract';
import { installationActor } from '../installation-actor';
import { INSTALLATION_ID, originOf } from '../rules';
import { openLog } from '../seal/open-log';
import { formatPolicy, isQuorumMet, type Policy } from '../tlog/policy';
import { readConsistencyProof } from '../tree/read-tree';
import { readHeads, writeCheckpointFile } from './checkpoint-file';
import { logSigners } from './log-signers';
import { readOutsideHeads } from './outside';
import { type Head, recordHeads } from './record-heads';
import { beginIncarnations, compareWithOutside, incarnationOf, type Standing } from './restore';
import { signHead, storeNote, storeOutside } from './sign-heads';
import { submitCheckpoint, type WitnessAnswer } from './witness-client';
import { readWitnessSizes, storeWitnessAnswer } from './witness-store';

/** New heads are published together, so that a busy tenant does not fill the log of the installation. */
const PUBLISH_EVERY_MS = 15 * SECOND_MS;
/** A checkpoint is signed again although nothing happened: "as of this minute" is what witnesses attest. */
const REFRESH_AFTER_MS = 50 * SECOND_MS;
/** Also while nobody writes: someone may have restored a database below a running worker. */
const ASK_WITNESSES_EVERY_MS = 10 * MINUTE_MS;
/** A tenant's note is kept fresh for so long after its last change; so many in one round. */
const REFRESHED_FOR_MS = HOUR_MS;
const REFRESHED_TENANTS_MAX = 32;

export interface PublisherSettings {
  /** Of the console; the first part of every origin. */
  host: string;
  secrets(): readonly string[];
  policy(): Policy | null;
  checkpointFile: string | undefined;
  listTenants(): Promise<string[]>;
  /** Hears of what a person must know of at once. */
  alarm(alarm: PublisherAlarm): Promise<void>;
}

export type PublisherAlarm =
  | { kind: 'forked'; standing: Extract<Standing, { kind: 'forked' }> }
  | { kind: 'witness'; witness: string; answer: Extract<WitnessAnswer, { kind: 'problem' }> };

export interface Publisher {
  /**
   * Refuses to go on where the outside has seen more or another tree, and begins the next incarnations after a restore. Must
   * have succeeded once before anything is sealed.
   */
  checkStanding(): Promise<Standing['kind']>;
  /** Publishes what is due. `force`: also what is not. */
  round(options?: { force?: boolean }): Promise<void>;
}

interface NewestHead extends Head, Record<string, unknown> {
  signedMs: number | null;
}

async function readNewestHead(tenantId: string): Promise<NewestHead | null> {
  const actor =
    tenantId === INSTALLATION_ID ? installationActor() : jobActor(tenantId, 'publish checkpoints');
  const [found] = await readTenant(actor, (tx) =>
    tx.execute<NewestHead>(sql`
      select c.tenant_id as "tenantId", c.incarnation, l.origin, c.size::float8 as size, c.root,
        (extract(epoch from c.signed_at) * 1000)::float8 as "signedMs"
      from public.audit_checkpoint c join public.audit_log l on l.tenant_id = c.tenant_id and l.incarnation = c.incarnation
      where c.tenant_id = ${tenantId}::uuid and l.incarnation = (
        select max(newest.incarnation) from public.audit_log newest where newest.tenant_id = ${tenantId}::uuid)
      order by c.size desc limit 1`),
  );
  return found ?? null;
}

class Rounds implements Publisher {
  private publishedMs = 0;
  private askedMs = 0;
  private unsignedToldMs = 0;
  private standing: Standing['kind'] | null = null;
  /** Tenants whose note is kept fresh. */
  private readonly active = new Map<string, { signedMs: number; changedMs: number }>();

  constructor(private readonly settings: PublisherSettings) {}

  async checkStanding(): Promise<Standing['kind']> {
    const { host, checkpointFile, listTenants } = this.settings;
    await openLog(INSTALLATION_ID, host);
    const isAsking = Date.now() - this.askedMs >= ASK_WITNESSES_EVERY_MS;
    const policy = isAsking ? this.settings.policy() : null;
    const heads = await readOutsideHeads(
      { checkpointFile, policy },
      await this.installationOrigins(),
      this.settings.secrets(),
    );
    const standing = await compareWithOutside(heads);
    if (standing.kind === 'behind') {
      const kept = checkpointFile ? await readHeads(checkpointFile) : new Map();
      log().warn({ source: standing.head.from, size: standing.head.size }, 'the database was restored');
      await beginIncarnations(await listTenants(), standing.head, kept);
    }
    if (standing.kind === 'forked' && this.standing !== 'forked') {
      await this.settings.alarm({ kind: 'forked', standing });
    }
    if (isAsking) this.askedMs = Date.now();
    this.standing = standing.kind;
    return standing.kind;
  }

  async round({ force = false } = {}): Promise<void> {
    if ((await this.checkStanding()) === 'forked') return;
    const isDue = force || Date.now() - this.publishedMs >= PUBLISH_EVERY_MS;
    const heads = isDue ? await recordHeads(await this.settings.listTenants()) : [];
    if (heads === null) return;
    if (heads.length > 0) this.publishedMs = Date.now();
    const newest = await readNewestHead(INSTALLATION_ID);
    const isStale = newest !== null && Date.now() - (newest.signedMs ?? 0) >= REFRESH_AFTER_MS;
    const tenantHeads = heads.filter(({ tenantId }) => tenantId !== INSTALLATION_ID);
    for (const head of tenantHeads) await this.signTenant(head, Date.now());
    if (newest && (heads.length > 0 || isStale || force)) await this.publish(newest, tenantHeads);
    await this.refreshTenants();
  }

  private async installationOrigins(): Promise<string[]> {
    const rows = await readTenant(installationActor(), (tx) =>
      tx.execute<{ origin: string }>(sql`
        select origin from public.audit_log where tenant_id = ${INSTALLATION_ID}::uuid order by incarnation desc`),
    );
    const [newest = originOf(this.settings.host, INSTALLATION_ID, 1)] = rows.map(({ origin }) => origin);
    // A backup may be older than the last restore: the next incarnation is asked for as well.
    const next = originOf(newest.replace(/\/log.*$/, ''), INSTALLATION_ID, incarnationOf(newest) + 1);
    return [newest, next];
  }

  private async signTenant(head: Head, changedMs: number): Promise<void> {
    const note = await signHead(head, this.settings.secrets(), Date.now());
    if (note === null) return;
    await storeNote(head, note, false);
    this.active.set(head.tenantId, { signedMs: Date.now(), changedMs });
  }

  private async refreshTenants(): Promise<void> {
    const nowMs = Date.now();
    const stale = [...this.active].filter(([, { signedMs }]) => nowMs - signedMs >= REFRESH_AFTER_MS);
    for (const [tenantId, { changedMs }] of stale.slice(0, REFRESHED_TENANTS_MAX)) {
      const head = nowMs - changedMs < REFRESHED_FOR_MS ? await readNewestHead(tenantId) : null;
      if (head) await this.signTenant(head, changedMs);
      else this.active.delete(tenantId);
    }
  }

  private async publish(head: Head, heads: readonly Head[]): Promise<void> {
    const secrets = this.settings.secrets();
    const note = await signHead(head, secrets, Date.now());
    if (note === null) {
      this.tellUnsigned();
      return;
    }
    const policy = this.settings.policy();
    const { checkpointFile } = this.settings;
    await storeOutside({
      hasCheckpointFile: checkpointFile !== undefined,
      policy: policy && formatPolicy(policy),
    });
    const answers = await this.cosign(head, note, policy, secrets);
    const lines = answers.flatMap(([, answer]) => (answer.kind === 'cosigned' ? [answer.line] : []));
    const cosigned = new Set(answers.filter(([, { kind }]) => kind === 'cosigned').map(([name]) => name));
    const isWitnessed = policy !== null && policy.quorum !== 'none' && isQuorumMet(policy, cosigned);
    const whole = `${note}${lines.join('')}`;
    await storeNote(head, whole, isWitnessed);
    if (checkpointFile) await writeCheckpointFile(checkpointFile, whole, heads);
  }

  private tellUnsigned(): void {
    if (Date.now() - this.unsignedToldMs < HOUR_MS) return;
    this.unsignedToldMs = Date.now();
    log().error('no checkpoint was signed: LOG_SIGNING_KEY is missing or was retired');
  }

  private async cosign(
    head: Head,
    note: string,
    policy: Policy | null,
    secrets: readonly string[],
  ): Promise<[string, WitnessAnswer][]> {
    if (!policy) return [];
    const sizes = await readWitnessSizes();
    const address = { tenantId: INSTALLATION_ID, incarnation: head.incarnation };
    const keys = secrets.flatMap((secret) =>
      logSigners(secret, head.origin).map(({ key }) => String(key.keyId)),
    );
    return Promise.all(
      policy.witnesses.map(async (witness): Promise<[string, WitnessAnswer]> => {
        const answer = await submitCheckpoint(witness, {
          size: head.size,
          note,
          lastSize: sizes.get(witness.name)?.size ?? 0,
          proofFrom: (old) =>
            readTenant(installationActor(), (tx) => readConsistencyProof(tx, address, old, head.size)),
        });
        await storeWitnessAnswer(witness, head.size, keys, answer);
        if (answer.kind === 'problem' && answer.problem !== 'unreachable') {
          await this.settings.alarm({ kind: 'witness', witness: witness.name, answer });
        }
        return [witness.name, answer];
      }),
    );
  }
}

export const createPublisher = (settings: PublisherSettings): Publisher => new Rounds(settings);
