import { createKey, expect, postgresPid, test, type VerifyAnswer, verify } from './fixtures';

const LOOP_MS = 12_000;

async function ask(gateKey: string, key: string, path: string): Promise<VerifyAnswer> {
  return verify(gateKey, key, { path });
}

test('Postgres killed under load: refusals, no answer without its row, and recovery by itself', async ({
  as,
}) => {
  const ada = await as('ada');
  const gateKey = await createKey(ada, 'outage-gate');
  const key = await createKey(ada, 'outage-service');
  const path = `/outage-${Date.now()}`;
  const answers: VerifyAnswer[] = [];
  const endsAt = Date.now() + LOOP_MS;
  const callers = Array.from({ length: 4 }, async () => {
    while (Date.now() < endsAt) answers.push(await ask(gateKey, key, path));
  });
  await ada.waitForTimeout(1500);
  process.kill(postgresPid(), 'SIGKILL');
  await Promise.all(callers);
  await expect.poll(async () => (await ask(gateKey, key, path)).status, { timeout: 20_000 }).toBe(200);

  const allowed = answers.filter((answer) => answer.status === 200);
  const refused = answers.filter((answer) => answer.status === 503);
  expect(allowed.length + refused.length).toBe(answers.length);
  expect(refused.length).toBeGreaterThan(0);
  expect(allowed.every((answer) => answer.body.code === 'VALID')).toBe(true);

  const recorded = new Set<string>();
  await expect
    .poll(async () => (await ada.request.get('/api/v1/me')).status(), { timeout: 20_000 })
    .toBe(200);
  let cursor: string | null = null;
  do {
    const page: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const answer = await ada.request.get(`/api/v1/audit-events?from=now-1h&path=${path}&limit=200${page}`);
    expect(answer.status()).toBe(200);
    const body: { items: { requestId: string }[]; nextCursor: string | null } = await answer.json();
    for (const item of body.items) recorded.add(item.requestId);
    cursor = body.nextCursor;
  } while (cursor !== null);
  const unrecorded = allowed.filter((answer) => !recorded.has(answer.requestId ?? ''));
  expect(unrecorded).toEqual([]);
});
