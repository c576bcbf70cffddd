import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { findingSetting } from '@/db/schema/findings';
import type { WriteTx } from '@/db/scope';
import { seal, unseal } from '@/lib/platform/core/seal';
import type { SlaPolicy } from './rules';

export interface FindingSettings extends SlaPolicy {
  /** 32 bytes under which secrets of this tenant are told apart. */
  fingerprintKey: Buffer;
  confirmAbsent: number;
}

const placeOf = (tenantId: string) => `finding_setting:${tenantId}:fingerprint_key`;
const KEY_BYTES = 32;

/** A tenant's settings; the first call makes them, with a fingerprint key that never changes again. */
export async function findingSettings(tx: WriteTx, tenantId: string): Promise<FindingSettings> {
  const select = () => tx.select().from(findingSetting).where(eq(findingSetting.tenantId, tenantId));
  let [row] = await select();
  if (!row) {
    const fingerprintKey = seal(randomBytes(KEY_BYTES).toString('base64url'), placeOf(tenantId));
    await tx.insert(findingSetting).values({ tenantId, fingerprintKey }).onConflictDoNothing();
    [row] = await select();
  }
  if (!row) throw new Error('The settings of findings could not be made.');
  const { slaDays, graceDays, confirmAbsent } = row;
  const fingerprintKey = Buffer.from(unseal(row.fingerprintKey, placeOf(tenantId)), 'base64url');
  return { slaDays, graceDays, confirmAbsent, fingerprintKey };
}
