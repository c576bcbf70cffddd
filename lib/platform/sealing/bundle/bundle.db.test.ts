import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { exitCodeOf, type Fault } from '../contract';
import { getPolicy } from '../serve/texts';
import { insertEvents } from '../test/scene';
import { openSealedLog, type SealedLog } from '../test/sealed-log';
import { formatVkey } from '../tlog/note';
import { parsePolicy } from '../tlog/policy';
import { ed25519Cosigner } from '../tlog/signer';
import { exportBundle } from './export-bundle';
import { verifyBundle } from './verify-bundle';

const ROWS = 600;
let scene: Scene;
let log: SealedLog;
let auditor: UserActor;
let ids: string[];
let policy: string;
let whole: string[];
const tenants: string[] = [];

async function* iterate(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
const bundle = async (input = {}) =>
  (await (await exportBundle(auditor, input)).text()).trimEnd().split('\n');
const verify = (lines: readonly string[], given = policy) => verifyBundle(iterate(lines), parsePolicy(given));
const short = ({ kind, index }: Fault) => ({ kind, index });
async function faultsOf(lines: readonly string[]) {
  const { faults } = await verify(lines);
  return { faults: faults.map(short), code: exitCodeOf(faults) };
}
/** The line of a leaf, changed as an object. */
function changed(
  lines: readonly string[],
  index: number,
  change: (line: { event: object }) => void,
): string[] {
  return lines.map((text) => {
    const line = JSON.parse(text);
    if (line.type !== 'event' || line.index !== index) return text;
    change(line);
    return JSON.stringify(line);
  });
}
const placeOf = (lines: readonly string[], index: number) =>
  lines.findIndex((text) => {
    const line = JSON.parse(text);
    return line.type === 'event' && line.index === index;
  });

beforeAll(async () => {
  scene = await openScene();
  const tenantId = await newTenant('bundled-tenant');
  tenants.push(tenantId);
  auditor = await userActor('auditor', tenantId);
  log = openSealedLog(() => tenants);
  ids = await insertEvents(scene.admin, tenantId, ROWS);
  await log.seal(tenantId, 250);
  await log.publish();
  policy = await (await getPolicy(auditor)).text();
  whole = await bundle();
});
afterAll(() => scene.close());

describe('a bundle of the whole log', () => {
  it('proves that it is complete, without the database', async () => {
    const report = await verify(whole);
    expect(report).toMatchObject({
      proves: 'complete',
      events: ROWS,
      faults: [],
      isWitnessed: null,
      retired: 0,
    });
    expect(report.logs).toEqual([
      { origin: `log.example/log/${auditor.tenantId}`, size: ROWS, begin: 0, end: ROWS },
    ]);
  });

  it.each<[string, (lines: string[]) => string[], Pick<Fault, 'kind' | 'index'>[], number]>([
    [
      'a field changed',
      (l) => changed(l, 7, (x) => Object.assign(x.event, { reason: 'forged' })),
      [{ kind: 'content_changed', index: 7 }],
      10,
    ],
    [
      'a microsecond changed',
      (l) => changed(l, 8, (x) => Object.assign(x.event, { at: '2026-01-01T00:00:00.000001Z' })),
      [{ kind: 'content_changed', index: 8 }],
      10,
    ],
    [
      'a number spelled otherwise',
      (l) => changed(l, 9, (x) => Object.assign(x.event, { details: '{"n": 9.0}' })),
      [{ kind: 'content_changed', index: 9 }],
      10,
    ],
    [
      'an event left out',
      (l) => l.toSpliced(placeOf(l, 20), 1),
      [
        { kind: 'row_missing', index: 20 },
        { kind: 'row_missing', index: null },
      ],
      11,
    ],
    ['the end cut off', (l) => l.slice(0, -5), [{ kind: 'row_missing', index: 596 }], 11],
    [
      'an event twice',
      (l) => l.toSpliced(placeOf(l, 31), 0, l[placeOf(l, 30)] ?? ''),
      [{ kind: 'row_extra', index: 30 }],
      11,
    ],
  ])('names %s', async (_, change, faults, code) => {
    const found = await faultsOf(change([...whole]));
    for (const fault of faults) expect(found.faults).toContainEqual(fault);
    expect(found.code).toBe(code);
  });

  it('names two events that exchanged their places, and a hash that was changed with its event', async () => {
    const [a, b] = [40, 41].map((index) => JSON.parse(whole[placeOf(whole, index)] ?? ''));
    const swapped = changed(
      changed(whole, 40, (x) => Object.assign(x, { event: b.event, salt: b.salt })),
      41,
      (x) => Object.assign(x, { event: a.event, salt: a.salt }),
    );
    expect((await faultsOf(swapped)).faults).toEqual([
      { kind: 'order_changed', index: 40 },
      { kind: 'order_changed', index: 41 },
    ]);
    const both = changed(
      changed(whole, 40, (x) => Object.assign(x, { event: b.event, salt: b.salt, hash: b.hash })),
      41,
      (x) => Object.assign(x, { event: a.event, salt: a.salt, hash: a.hash }),
    );
    expect((await faultsOf(both)).code).toBe(15);
  });

  it('counts no signature but those of the policy', async () => {
    const others = policy.replaceAll('log.example', 'other.example');
    expect(exitCodeOf((await verify(whole, others.replace(/^log .*\n/gm, ''))).faults)).toBe(16);
    const { key } = ed25519Cosigner('w', new Uint8Array(32).fill(7));
    const asked = await verify(
      whole,
      policy.replace('quorum none', `witness w ${formatVkey(key)}\nquorum w`),
    );
    expect(asked).toMatchObject({ isWitnessed: false, witnessedAt: null });
    expect(exitCodeOf(asked.faults)).toBe(17);
  });

  it('is refused where a line is none', async () => {
    await expect(verify(['nonsense'])).rejects.toThrow('Line 1');
    await expect(verify(whole.slice(1))).rejects.toThrow('no header');
    await expect(verify([...whole, whole.at(-1) ?? ''])).rejects.toThrow('behind its end');
  });
});

describe('a bundle of a part', () => {
  it('by time proves that its range is complete', async () => {
    const middle = JSON.parse(whole[placeOf(whole, 300)] ?? '').event.at as string;
    const lines = await bundle({ from: `${middle.slice(0, 23)}Z` });
    const report = await verify(lines);
    expect(report.faults).toEqual([]);
    expect(report.logs[0]?.end).toBe(ROWS);
    expect((await faultsOf(lines.toSpliced(3, 1))).code).toBe(11);
  });

  it('by a filter proves each event, and says that it proves no more', async () => {
    const [first] = ids;
    const lines = await bundle({ filter: { q: 'orders 77' } });
    const report = await verify(lines);
    expect(report).toMatchObject({ proves: 'inclusion', faults: [] });
    expect(report.events).toBeGreaterThan(0);
    expect(lines.join('')).not.toContain(first);
    const index = JSON.parse(lines[2] ?? '').index as number;
    expect((await faultsOf(changed(lines, index, (x) => Object.assign(x.event, { status: 500 })))).code).toBe(
      10,
    );
    expect((await faultsOf(changed(lines, index, (x) => Object.assign(x, { index: 1 })))).code).toBe(15);
  });
});

it('of a log that someone with the database has changed tells on any machine', async () => {
  await scene.admin`update audit_event set actor_label = 'someone else' where id = ${ids[99] ?? ''}`;
  await scene.admin`delete from audit_event where id = ${ids[100] ?? ''}`;
  const found = await faultsOf(await bundle());
  expect(found.faults).toEqual([
    { kind: 'content_changed', index: 99 },
    { kind: 'row_missing', index: 100 },
  ]);
});

it('is exported by those who may, and recorded', async () => {
  await expect(exportBundle(keyActor(newId(), ['audit:read'], auditor.tenantId), {})).rejects.toMatchObject({
    code: 'forbidden',
  });
  const stranger = await userActor('auditor', await newTenant('unsealed-tenant'));
  await expect(exportBundle(stranger, {})).rejects.toMatchObject({ code: 'conflict' });
  const rows =
    await scene.admin`select 1 from audit_event where tenant_id = ${auditor.tenantId} and action = 'log.bundle_exported'`;
  expect(rows.length).toBeGreaterThanOrEqual(3);
});
