import type { ReadTx } from '@/db/scope';
import { inTenant, readDeciding } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { type CsvCell, csvLine } from '@/lib/platform/core/csv';
import { decodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import { API_HEADERS } from '@/lib/platform/core/http/http';
import { printableJson } from '@/lib/platform/core/http/printable-json';
import { questionOf, readDetectionPage } from './read/list-detections';
import { readGroupPage } from './read/list-groups';
import { spanOf } from './read/time-span';
import {
  type DetectionDto,
  type ExportDetectionsInput,
  type ExportGroupsInput,
  exportDetectionsInput,
  exportGroupsInput,
  type GroupDto,
} from './view-contract';

const PAGE = 200;
/** Beyond it an export is a copy of the table: take the API with `updatedSince`. */
const ROWS_MAX = 50_000;

const GROUP_COLUMNS: Readonly<Record<string, (group: GroupDto) => CsvCell>> = {
  id: ({ id }) => id,
  severity: ({ severity }) => severity,
  state: ({ state }) => state,
  rule: ({ rule }) => rule,
  scope: ({ scope }) => scope.text,
  kind: ({ kind }) => kind,
  source: ({ source }) => source,
  count: ({ count }) => count,
  episodes: ({ episode }) => episode,
  first_received: ({ firstReceivedAt }) => firstReceivedAt,
  last_received: ({ lastReceivedAt }) => lastReceivedAt,
  hosts: ({ hosts }) => hosts.join(' '),
  techniques: ({ techniques }) => techniques.map(({ id }) => id).join(' '),
  last_output: ({ output }) => output,
  note: ({ note }) => note,
  triaged_by: ({ triagedBy }) => triagedBy,
  test: ({ isTest }) => isTest,
};

const DETECTION_COLUMNS: Readonly<Record<string, (detection: DetectionDto) => CsvCell>> = {
  id: ({ id }) => id,
  group: ({ groupId }) => groupId,
  received: ({ receivedAt }) => receivedAt,
  event_time: ({ eventTime }) => eventTime,
  severity: ({ severity }) => severity,
  priority: ({ priority, priorityGiven }) => priorityGiven ?? priority,
  rule: ({ rule }) => rule,
  kind: ({ kind }) => kind,
  source: ({ source }) => source,
  host: ({ host }) => host,
  namespace: ({ namespace }) => namespace,
  output: ({ output }) => output,
  alert: ({ alert }) => alert?.state ?? null,
  deliveries: ({ deliveries }) => deliveries,
  stands_for: ({ weight }) => weight,
  marks: ({ marks }) => marks.join(' '),
  exception: ({ exception }) => exception,
  test: ({ isTest }) => isTest,
};

interface Export<Row> {
  actor: Actor;
  format: 'csv' | 'ndjson';
  what: string;
  filter: object;
  columns: Readonly<Record<string, (row: Row) => CsvCell>>;
  page: (tx: ReadTx, cursor: string | undefined) => Promise<{ items: Row[]; nextCursor: string | null }>;
}

async function* textOf<Row>({
  actor,
  format,
  what,
  filter,
  columns,
  page,
}: Export<Row>): AsyncGenerator<string> {
  let rows = 0;
  let cursor: string | undefined;
  if (format === 'csv') yield csvLine(Object.keys(columns));
  do {
    const start = cursor;
    const { items, nextCursor } = await readDeciding(actor, (tx) => page(tx, start));
    rows += items.length;
    cursor = nextCursor ?? undefined;
    const line = (row: Row) =>
      format === 'csv'
        ? csvLine(Object.values(columns).map((read) => read(row)))
        : `${printableJson(JSON.stringify(row))}\n`;
    yield items.map(line).join('');
  } while (cursor !== undefined && rows < ROWS_MAX);
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: 'detections.exported',
      target: { type: 'detection_group', id: null, label: what },
      details: { format, filter, rows, isCut: cursor !== undefined },
    }),
  );
}

function responseOf<Row>(job: Export<Row>): Response {
  const text = textOf(job);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await text.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await text.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers(API_HEADERS);
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  headers.set(
    'content-type',
    job.format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson; charset=utf-8',
  );
  headers.set('content-disposition', `attachment; filename="bulwark-${job.what}-${time}.${job.format}"`);
  return new Response(body, { headers });
}

/** Groups that the filter finds, the newest first. What was sent is recorded before the last byte. */
export async function exportGroups(actor: Actor, given: ExportGroupsInput): Promise<Response> {
  requirePermission(actor, 'detections:read');
  const { format, ...filter } = exportGroupsInput.parse(given);
  return responseOf<GroupDto>({
    ...{ actor, format, filter, what: 'detections', columns: GROUP_COLUMNS },
    page: (tx, cursor) => readGroupPage(tx, actor.tenantId, filter, { sort: 'newest', cursor, limit: PAGE }),
  });
}

/** Kept detections that the filter finds, the newest first. */
export async function exportDetections(actor: Actor, given: ExportDetectionsInput): Promise<Response> {
  requirePermission(actor, 'detections:read');
  const { format, ...filter } = exportDetectionsInput.parse(given);
  const question = questionOf(actor.tenantId, filter, spanOf(filter, Date.now()));
  return responseOf<DetectionDto>({
    ...{ actor, format, filter, what: 'detection-events', columns: DETECTION_COLUMNS },
    page: (tx, cursor) =>
      readDetectionPage(tx, question, {
        after: cursor === undefined ? null : decodeCursor(cursor, timeAndId),
        limit: PAGE,
      }),
  });
}
