import { databaseReadiness } from '@/db/readiness';

/** Readiness of the web process: both pools are reachable, safe, and at the schema of this version. */
export async function webReadiness(): Promise<{ isReady: boolean; reason: string | null; isFatal: boolean }> {
  const readiness = await databaseReadiness(['app_rw', 'app_ro']);
  return readiness.isReady ? { isReady: true, reason: null, isFatal: false } : readiness;
}
