import { sql } from 'drizzle-orm';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { isId } from '@/lib/platform/core/ids';
import { fieldsOf, scalarOf } from '@/lib/response/detections/parse/fields';
import {
  isJsonObject,
  type JsonObject,
  memberOf,
  parseLossless,
} from '@/lib/response/detections/parse/lossless-json';
import type { DetectionDetailDto, FieldDto, ProcessDto } from '@/lib/response/detections/view-contract';
import { DETECTION_COLUMNS, type DetectionRow, detectionDtoOf, detectionNotFound } from './detection-dto';
import { readGroup } from './list-groups';

const EMPTY: JsonObject = {};
const ANCESTORS_MAX = 16;

function parsed(raw: string): JsonObject {
  const value = parseLossless(raw);
  return isJsonObject(value) ? value : EMPTY;
}

const objectIn = (event: JsonObject, name: string): JsonObject => {
  const value = memberOf(event, name);
  return isJsonObject(value) ? value : EMPTY;
};

/** Names of the fields that say something of an ancestor; those of the parent come from an older release too. */
function fieldNames(generation: number) {
  const of = (name: string, older: string) =>
    generation === 0
      ? [`proc.${name}`]
      : [`proc.a${name}[${generation}]`, ...(generation === 1 ? [`proc.${older}`] : [])];
  return {
    name: of('name', 'pname'),
    commandLine: of('cmdline', 'pcmdline'),
    executable: of('exepath', 'pexepath'),
    pid: of('pid', 'ppid'),
  };
}

function firstOf(values: JsonObject, names: readonly string[]): string | null {
  for (const name of names) {
    const value = scalarOf(values, name);
    if (value !== null) return value;
  }
  return null;
}

/** The process and its ancestors as far as the event names them: `proc.name`, `proc.pname`, `proc.aname[2]` and on. */
export function processesOf(values: JsonObject): ProcessDto[] {
  const found: ProcessDto[] = [];
  for (let generation = 0; generation <= ANCESTORS_MAX; generation++) {
    const names = fieldNames(generation);
    const commandLine = firstOf(values, names.commandLine);
    const executable = firstOf(values, names.executable);
    const name = firstOf(values, names.name) ?? executable ?? commandLine;
    if (name === null) continue;
    found.push({ generation, name, commandLine, executable, pid: firstOf(values, names.pid) });
  }
  return found.reverse();
}

/** Labels and annotations of an alert, told apart by their names. */
function alertFields(alert: JsonObject): FieldDto[] {
  const labels = fieldsOf(objectIn(alert, 'labels')).fields;
  const annotations = fieldsOf(objectIn(alert, 'annotations')).fields;
  return [
    ...labels.map((field) => ({ ...field, name: `label ${field.name}` })),
    ...annotations.map((field) => ({ ...field, name: `annotation ${field.name}` })),
  ];
}

function tagsOf(event: JsonObject): string[] {
  const tags = memberOf(event, 'tags');
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}

/** One detection with everything that was received of it. @throws AppError `not_found` */
export async function getDetection(actor: Actor, id: string): Promise<DetectionDetailDto> {
  requirePermission(actor, 'detections:read');
  if (!isId(id)) throw detectionNotFound();
  return readTenant(actor, async (tx) => {
    const [row] = await tx.execute<DetectionRow & { raw: string; deliveryId: string; whole: string }>(sql`
      select ${DETECTION_COLUMNS}, d.output as whole, d.raw, d.delivery_id as "deliveryId" from detection d
      where d.tenant_id = ${actor.tenantId}::uuid and d.id = ${id}::uuid`);
    if (!row) throw detectionNotFound();
    const { raw, deliveryId, whole, ...rest } = row;
    const event = parsed(raw);
    const values = rest.kind === 'falco' ? objectIn(event, 'output_fields') : EMPTY;
    return {
      detection: { ...detectionDtoOf(rest as DetectionRow), output: whole },
      group: await readGroup(tx, actor.tenantId, rest.groupId as string),
      fields: rest.kind === 'falco' ? fieldsOf(values).fields : alertFields(event),
      processes: processesOf(values),
      tags: tagsOf(event),
      raw,
      auditEventId: deliveryId,
    };
  });
}
