import { readTenant } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import type { ConditionWatch, StandingCondition } from '@/lib/response/anomalies/contract';
import type { SensorDto } from '@/lib/response/detections/sensor-contract';
import { sensorPolicy } from './queries';
import { readAllSensors } from './read-sensors';

const NAMES = { falco: 'Falco', alertmanager: 'Alertmanager' } as const;

/** @returns what was seen and what is usual; null where the sensor sees */
function factsOf(sensor: SensorDto, dropsPercent: number): { observed: string; usual: string } | null {
  const usual = `a heartbeat every ${Math.round(sensor.intervalSeconds / 60)} min`;
  switch (sensor.state) {
    case 'silent':
      return { observed: `last heartbeat ${sensor.lastHeartbeatAt ?? 'unknown'}`, usual };
    case 'missing':
      return { observed: 'never heard', usual };
    case 'lossy': {
      const lost = (sensor.dropsPercent ?? 0).toFixed(1);
      return { observed: `${lost}% lost in an hour`, usual: `at most ${dropsPercent}% lost` };
    }
    default:
      return null;
  }
}

function conditionOf(sensor: SensorDto, dropsPercent: number, nowMs: number): StandingCondition | null {
  const facts = factsOf(sensor, dropsPercent);
  if (!facts) return null;
  const { id, kind, host, state, sentence, blindSince } = sensor;
  return {
    ...facts,
    subject: id === null ? `host:${host}` : `sensor:${id}`,
    label: `${NAMES[kind]} on ${host}`,
    severity: state === 'lossy' ? 'medium' : 'high',
    sentence: `${NAMES[kind]} on ${host}: ${sentence}`,
    sinceMs: blindSince === null ? nowMs : Date.parse(blindSince),
    href: id === null ? '/detections/sensors' : `/detections/sensors?open=${id}`,
  };
}

/** Sensors that are silent or were never heard where they are expected, and those that lose more than they may. */
export const blindSpots: ConditionWatch = {
  key: 'blind_spot',
  standing: async (actor: JobActor) => {
    const policy = sensorPolicy();
    const nowMs = Date.now();
    const sensors = await readTenant(actor, (tx) => readAllSensors(tx, actor.tenantId, policy));
    return sensors.flatMap((sensor) => conditionOf(sensor, policy.dropsPercent, nowMs) ?? []);
  },
};
