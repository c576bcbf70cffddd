import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openScene, type Scene } from '@/db/test/scene';
import { insertEvents, OTHER_TENANT, TENANT, testEvent, userActor } from '@/lib/platform/audit/test/events';
import { ENCODING_HEADER } from '@/lib/platform/core/http/own-headers';
import type { AuditEventDto, ExportAuditInput } from './contract';
import { exportAuditEvents } from './export-events';
import { listAuditEvents } from './queries';

let scene: Scene;
let admin: Scene['admin'];

beforeAll(async () => {
  scene = await openScene();
  admin = scene.admin;
});
afterAll(() => scene.close());
beforeEach(() => admin`truncate public.audit_event`);

function request(headers: Record<string, string> = {}, signal?: AbortSignal): Request {
  return new Request('http://test/api/v1/audit-events/export', { headers, ...(signal ? { signal } : {}) });
}

async function exported(input: ExportAuditInput): Promise<string> {
  return (await exportAuditEvents(userActor(), input, request())).text();
}

const linesOf = (text: string): AuditEventDto[] =>
  text
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const csvOf = (text: string): Record<string, string>[] => parse(text, { columns: true });

const shared = (name: string): string[] => {
  const file = join(process.cwd(), '../shared/corpora/own', name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
};
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\u0000');
const FORMULAS = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ' =1',
  '＝1',
  ...shared('csv_formula.json'),
].filter(isStorable);
const FORGERIES = [
  'a\nlevel=error',
  'a\r\n{"x":1}',
  'a\u2028b',
  'a\u0085b',
  '\u001b[2J',
  '\u009b31m',
  '\u202egpj.exe',
  ...shared('log_injection.json'),
].filter(isStorable);
const PLAIN = ['', 'plain', "O'Brien", 'say "hi", then; go', '100%', '\\.', '\\n', '{"a":1}', 'ünïcödé 🦊'];

describe('NDJSON', () => {
  it('is one event a line, the same as the list answers, newest first', async () => {
    const nowUs = Date.now() * 1000;
    const texts = [...PLAIN, ...FORMULAS, ...FORGERIES];
    await insertEvents(
      admin,
      texts.map((text, i) =>
        testEvent({ atUs: nowUs - i * 1000, actorLabel: text, path: text, details: { text } }),
      ),
    );
    const text = await exported({ format: 'ndjson', category: 'decision' });
    expect(text.split('\n')).toHaveLength(texts.length + 1);
    expect(linesOf(text).map(({ actorLabel }) => actorLabel)).toEqual(texts);
    const { items } = await listAuditEvents(userActor(), { category: 'decision', limit: 200 });
    expect(linesOf(text)).toEqual(items);
  });

  it('holds no character that forges a line or drives a terminal', async () => {
    await insertEvents(
      admin,
      FORGERIES.map((text) => testEvent({ userAgent: text })),
    );
    const text = await exported({ category: 'decision' });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  });
});

describe('CSV', () => {
  it('begins with a stable header', async () => {
    const [header] = (await exported({ format: 'csv' })).split('\n');
    expect(header).toBe(
      'at,id,tenantId,category,action,outcome,code,actorType,actorId,actorLabel,sessionId,keyId,keyVersionId,ip,userAgent,' +
        'method,host,path,status,durationUs,targetType,targetId,targetLabel,reason,requestId,details,recordedAt',
    );
  });

  it('has no cell that a spreadsheet takes for a formula, and no line that is not a row', async () => {
    const texts = [...FORMULAS, ...FORGERIES];
    await insertEvents(
      admin,
      texts.map((text) => testEvent({ userAgent: text, targetLabel: text, path: text })),
    );
    const text = await exported({ format: 'csv', category: 'decision' });
    expect(text.trimEnd().split('\n')).toHaveLength(texts.length + 1);
    for (const row of csvOf(text)) {
      for (const cell of Object.values(row)) {
        expect(cell).not.toMatch(/^[\s\ufeff]*[=+@\uff1d\uff0b\uff0d\uff20-]/);
        expect(cell).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      }
    }
  });

  it('keeps what is harmless as it is', async () => {
    await insertEvents(
      admin,
      PLAIN.map((text) => testEvent({ targetLabel: text })),
    );
    const cells = csvOf(await exported({ format: 'csv', category: 'decision' })).map(
      (row) => row.targetLabel,
    );
    expect(cells.toSorted()).toEqual(PLAIN.toSorted());
  });
});

describe('an export', () => {
  it('holds the filtered rows of the own tenant only, whatever the filter says', async () => {
    const mine = testEvent({ actorLabel: "x'); drop table audit_event; --" });
    await insertEvents(admin, [
      mine,
      testEvent(),
      testEvent({ tenantId: OTHER_TENANT, actorLabel: mine.actorLabel }),
    ]);
    const filter = { actor: mine.actorLabel ?? '', 'path!': '/$1', q: 'drop', ip: undefined };
    expect(linesOf(await exported(filter)).map(({ id }) => id)).toEqual([mine.id]);
  });

  it('is gzipped where the caller accepts it', async () => {
    await insertEvents(admin, [testEvent()]);
    const response = await exportAuditEvents(
      userActor(),
      { category: 'decision' },
      request({ 'accept-encoding': 'br, gzip' }),
    );
    expect(response.headers.get(ENCODING_HEADER)).toBe('gzip');
    expect(linesOf(gunzipSync(Buffer.from(await response.arrayBuffer())).toString())).toHaveLength(1);
    const refused = await exportAuditEvents(userActor(), {}, request({ 'accept-encoding': 'gzip;q=0' }));
    expect(refused.headers.get(ENCODING_HEADER)).toBeNull();
    await refused.text();
  });

  it('is recorded: its start before the first byte, its rows before the last', async () => {
    await insertEvents(admin, [
      testEvent({ outcome: 'denied' }),
      testEvent({ outcome: 'denied' }),
      testEvent(),
    ]);
    await exported({ format: 'csv', outcome: 'denied' });
    const rows =
      await admin`select action, outcome, details from public.audit_event where category = 'access' order by at`;
    expect(rows).toMatchObject([
      { action: 'audit.export_started', details: { filter: { format: 'csv', outcome: ['denied'] } } },
      { action: 'audit.exported', outcome: 'success', details: { filter: { format: 'csv' }, rows: 2 } },
    ]);
  });

  it('needs the right to export, which an analyst does not have', async () => {
    await expect(exportAuditEvents(userActor('analyst'), {}, request())).rejects.toMatchObject({
      code: 'forbidden',
    });
    await (await exportAuditEvents(userActor('auditor'), {}, request())).text();
  });

  it('refuses a bad range before anything is recorded', async () => {
    await expect(exportAuditEvents(userActor(), { from: 'now-14M' }, request())).rejects.toMatchObject({
      code: 'bad_request',
    });
    expect((await admin`select 1 from public.audit_event`).count).toBe(0);
  });
});

describe('an export that is not read to its end', () => {
  const manyRows = () => admin`
    insert into public.audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id, user_agent)
    select ${TENANT}::uuid, now() - make_interval(secs => n / 1000.0), gen_random_uuid(), 'decision', 'gate.verify', 'success', 'key', 'r',
      repeat('x', 400) from generate_series(1, 60000) n`;
  const copies = async () =>
    (
      await admin`select 1 from pg_stat_activity where datname = current_database() and usename = 'app_ro' and state <> 'idle'`
    ).count;

  async function settled(): Promise<void> {
    for (let i = 0; i < 100 && (await copies()) > 0; i++) await sleep(50);
    expect(await copies()).toBe(0);
    for (
      let i = 0;
      i < 100 && (await admin`select 1 from public.audit_event where action = 'audit.exported'`).count === 0;
      i++
    )
      await sleep(50);
  }

  it.each(['cancel', 'abort'])(
    'ends in the database too, is recorded as failed, and frees its connection (%s)',
    async (how) => {
      await manyRows();
      const gone = new AbortController();
      const response = await exportAuditEvents(userActor(), {}, request({}, gone.signal));
      const reader = response.body?.getReader();
      await reader?.read();
      expect(await copies()).toBe(1);
      if (how === 'cancel') await reader?.cancel();
      else gone.abort();
      await settled();
      const [row] =
        await admin`select outcome, code, details from public.audit_event where action = 'audit.exported'`;
      expect(row).toMatchObject({ outcome: 'failure', code: 'aborted' });
      expect(row?.details.rows).toBeLessThan(60_000);
      expect((await listAuditEvents(userActor(), { limit: 1 })).items).toHaveLength(1);
    },
  );

  it('waits for a slow reader instead of filling memory, and only three run at once', async () => {
    await manyRows();
    const open = await Promise.all([1, 2, 3].map(() => exportAuditEvents(userActor(), {}, request())));
    await sleep(300);
    expect(await copies()).toBe(3);
    await expect(exportAuditEvents(userActor(), {}, request())).rejects.toMatchObject({
      code: 'rate_limited',
    });
    const [first, ...others] = open;
    expect(linesOf((await first?.text()) ?? '')).toHaveLength(60_000);
    await Promise.all(others.map((response) => response.body?.cancel()));
    await settled();
    await sleep(100);
    expect(
      (await exportAuditEvents(userActor(), { limit: 1 } as never, request()).catch((error) => error)).name,
    ).toBe('ZodError');
    expect(linesOf(await exported({ actor: 'nobody' }))).toEqual([]);
  });
});
