import type { ReadTx } from '@/db/scope';
import { sensorPolicy } from './queries';
import { readAllSensors } from './read-sensors';

/** Falco's sensors as the checklist asks for them. */
export async function falcoSensors(tx: ReadTx, tenantId: string) {
  const sensors = await readAllSensors(tx, tenantId, sensorPolicy());
  return sensors.flatMap(({ kind, id, host, state: judged, isHeard, sentence }) => {
    if (kind !== 'falco' || judged === 'retired') return [];
    const state = judged === 'unverified' && !isHeard ? ('unknown' as const) : judged;
    const href = id === null ? '/detections/sensors' : `/detections/sensors?open=${id}`;
    return [{ host, state, sentence, href }];
  });
}
