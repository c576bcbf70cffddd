import { and, eq, sql } from 'drizzle-orm';
import { detectionSensor } from '@/db/schema/detections';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { isId } from '@/lib/platform/core/ids';
import {
  type SensorDto,
  type UpdateSensorInput,
  updateSensorInput,
} from '@/lib/response/detections/sensor-contract';
import { sensorNotFound, sensorPolicy } from './queries';
import { readSensors } from './read-sensors';

/** Retires a sensor of a host that is gone, or expects it again. One that sends counts again by itself. */
export async function updateSensor(actor: Actor, id: string, given: UpdateSensorInput): Promise<SensorDto> {
  requirePermission(actor, 'detections:write');
  const { isRetired, reason } = updateSensorInput.parse(given);
  if (!isId(id)) throw sensorNotFound();
  return inTenant(actor, async (tx) => {
    const [row] = await tx
      .update(detectionSensor)
      .set({
        retiredAt: isRetired ? sql`clock_timestamp()` : null,
        retiredBy: isRetired ? actor.label : null,
        retiredReason: isRetired ? reason : null,
      })
      .where(and(eq(detectionSensor.tenantId, actor.tenantId), eq(detectionSensor.id, id)))
      .returning({ host: detectionSensor.host });
    if (!row) throw sensorNotFound();
    await recordAudit(tx, actor, {
      action: isRetired ? 'detection.sensor_retired' : 'detection.sensor_restored',
      target: { type: 'sensor', id, label: row.host },
      reason,
    });
    const [sensor] = await readSensors(tx, actor.tenantId, sensorPolicy(), sql`s.id = ${id}::uuid`);
    if (!sensor) throw sensorNotFound();
    return sensor;
  });
}
