import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { newId } from '@/lib/platform/core/ids';
import { DETECTION_KIND_NAMES } from './contract';

export const testEventInput = z.strictObject({ kind: z.enum(DETECTION_KIND_NAMES).default('falco') });
export const testEventDto = z.object({ deliveryId: z.uuid() });

function falcoEvent(at: Date, host: string) {
  return {
    time: at.toISOString().replace('Z', '000001Z'),
    rule: 'Bulwark test event',
    priority: 'Notice',
    source: 'syscall',
    hostname: host,
    output: 'This event was sent from the console to test detections. Nothing happened.',
    tags: ['test', 'T1059'],
    output_fields: {
      'proc.name': 'bulwark-test',
      'proc.cmdline': 'bulwark-test --from console',
      'proc.pname': 'sh',
      'user.name': 'nobody',
    },
  };
}

function alertMessage(at: Date, host: string) {
  const labels = { alertname: 'BulwarkTestAlert', severity: 'info', instance: host };
  return {
    version: '4',
    status: 'firing',
    receiver: 'bulwark',
    groupKey: '{}:{alertname="BulwarkTestAlert"}',
    groupLabels: { alertname: 'BulwarkTestAlert' },
    externalURL: '',
    truncatedAlerts: 0,
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: { summary: 'This alert was sent from the console to test detections.' },
        startsAt: at.toISOString(),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: at.getTime().toString(16).padStart(16, '0'),
      },
    ],
  };
}

/** Sends an event through everything behind the gate. It is marked as a test: nobody is notified, and no fact counts it. */
export async function sendTestEvent(
  actor: Actor,
  given: z.input<typeof testEventInput> = {},
): Promise<z.infer<typeof testEventDto>> {
  requirePermission(actor, 'detections:write');
  const { kind } = testEventInput.parse(given);
  const deliveryId = newId();
  const at = new Date();
  const sent = kind === 'falco' ? falcoEvent(at, 'test-host') : alertMessage(at, 'test-host');
  const body = Buffer.from(JSON.stringify(sent));
  await inTenant(actor, async (tx) => {
    await tx.execute(sql`
      insert into event_delivery (tenant_id, id, received_at, kind, origin_type, origin_label, ip, user_agent, encoding, body,
        body_bytes, headers_digest)
      values (${actor.tenantId}::uuid, ${deliveryId}::uuid, clock_timestamp(), ${kind}, 'console', ${actor.label},
        ${actor.request.ip}::inet, 'bulwark console', 'identity', decode(${body.toString('hex')}, 'hex'), ${body.length}, ''::bytea)`);
    await recordAudit(tx, actor, {
      action: 'detection.test_sent',
      target: { type: 'process', id: deliveryId, label: kind },
    });
    await tx.execute(sql`select pg_notify('events_received', ${actor.tenantId})`);
  });
  return { deliveryId };
}
