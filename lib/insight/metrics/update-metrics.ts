import type { JobActor } from '@/lib/platform/auth/contract';
import { computeMonths } from './compute-months';
import { countEpisodes } from './count-episodes';
import { countRecord } from './count-record';
import { settleProgress } from './progress';

/** Counts what is new and computes the months it touches. Two workers may do this at once: each row is counted once. */
export async function updateMetrics(actor: JobActor): Promise<void> {
  await settleProgress(actor);
  await countRecord(actor);
  await countEpisodes(actor);
  await computeMonths(actor);
}
