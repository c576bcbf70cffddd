import { createKey, expect, test, verify } from './fixtures';

test('a rule is replayed, turned on, and says what it found', async ({ as }) => {
  test.setTimeout(180_000);
  const ada = await as('ada');
  const caller = await createKey(ada, 'anomaly caller');
  const guessed = await createKey(ada, 'guessed');
  await ada.goto('/keys');
  const { items } = await (await ada.request.get('/api/v1/keys?q=guessed')).json();
  await ada.goto('/anomalies/rules');
  const rule = ada.getByRole('listitem').filter({ hasText: 'Many rejected credentials' });
  await expect(rule.getByRole('button', { name: 'Turn on' })).toBeDisabled();
  await rule.getByRole('button', { name: 'Replay last 30 days' }).click();
  await expect(rule.getByText(/it would have found/)).toBeVisible();
  await rule.getByRole('button', { name: 'Turn on' }).click();
  await expect(rule.getByText('On', { exact: true })).toBeVisible();

  const tenant = await ada.locator('[data-tenant-id]').getAttribute('data-tenant-id');
  const revoked = await ada.evaluate(
    async ([id, tenantId]) =>
      (
        await fetch(`/api/v1/keys/${id}/revoke`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-bulwark-tenant': tenantId ?? '' },
          body: JSON.stringify({ reason: 'SUPERSEDED' }),
        })
      ).status,
    [items[0].id, tenant] as const,
  );
  expect(revoked).toBe(200);
  for (let i = 0; i < 25; i++) {
    const { body } = await verify(caller, guessed, { ip: '198.51.100.50' });
    expect(body.code).toBe('REVOKED');
  }
  await expect(async () => {
    await ada.goto('/anomalies');
    await expect(ada.getByText(/25 rejected credentials in an hour from 198\.51\.100\.0\/24/)).toBeVisible({
      timeout: 2_000,
    });
  }).toPass({ timeout: 120_000 });
  const found = ada.getByRole('listitem').filter({ hasText: '198.51.100.0/24' });
  await found.getByRole('button', { name: /^Triage/ }).click();
  await ada.getByRole('menuitem', { name: /True positive/ }).click();
  await expect(ada.getByText('Marked as true positive')).toBeVisible();
  await expect(found).toHaveCount(0);
  await ada.getByRole('button', { name: 'Undo' }).click();
  await expect(found).toBeVisible();
  await found.getByRole('link', { name: 'View events' }).click();
  await expect(ada).toHaveURL(/\/audit\?.*q=ip/);
  await expect(
    ada.getByRole('row').filter({ hasText: 'REVOKED' }).or(ada.getByText('REVOKED')).first(),
  ).toBeVisible();
});

test('the month is counted, and its numbers lead to their rows', async ({ as }) => {
  test.setTimeout(150_000);
  const ada = await as('ada');
  await expect(async () => {
    await ada.goto('/reports/metrics');
    await expect(ada.getByText(/^Counted/)).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 120_000 });
  await expect(ada.getByRole('heading', { name: 'Failed authentication attempts' })).toBeVisible();
  await ada.getByRole('button', { name: /View “Failed authentication attempts” as table/ }).click();
  const dialog = ada.getByRole('dialog', { name: /Failed authentication attempts by month/ });
  await expect(dialog.getByRole('row')).toHaveCount(13);
  await dialog.getByRole('row').nth(1).getByRole('link').first().click();
  await expect(ada).toHaveURL(/\/audit\?/);
  await ada.goto('/reports/metrics');
  const chart = ada.getByRole('figure', { name: 'Keys rotated within 90 days' }).locator('svg').first();
  await chart.focus();
  await ada.keyboard.press('Enter');
  const keys = ada.getByRole('dialog', { name: 'Keys rotated within 90 days by month' });
  const usable = await keys
    .getByRole('row')
    .nth(1)
    .getByText(/^of \d+$/)
    .first()
    .textContent();
  await keys.getByRole('row').nth(1).getByRole('link').first().click();
  const rows = ada.getByRole('dialog', { name: /^Keys that work/ });
  await expect(rows.getByRole('listitem')).toHaveCount(Number(usable?.slice(3)));
  await rows.getByRole('link').first().click();
  await expect(ada).toHaveURL(/\/keys\/[0-9a-f-]{36}/);
  await ada.goto('/reports/metrics');
  const download = ada.waitForEvent('download');
  await ada.getByRole('button', { name: /Save “Failed authentication attempts” as an image/ }).click();
  expect((await download).suggestedFilename()).toMatch(/^auth_failures-\d{4}-\d{2}\.png$/);
});

test('a report is made now and stays as it was', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/reports/weekly');
  await ada.getByRole('button', { name: 'Create report' }).click();
  await ada.getByRole('menuitem', { name: 'The last seven days' }).click();
  await ada.waitForURL(/\/reports\/weekly\/[0-9a-f-]{36}$/);
  await expect(ada.getByRole('heading', { level: 2, name: 'Open actions' })).toBeVisible();
  await expect(ada.getByRole('link', { name: /requests allowed by the gate/ })).toHaveAttribute(
    'href',
    /^\/audit\?/,
  );
  const path = new URL(ada.url()).pathname;
  const markdown = await ada.request.get(`/api/v1${path}?format=markdown`);
  expect(await markdown.text()).toContain('## Open actions');
  await ada.goto('/reports/weekly');
  await ada.getByRole('listitem').locator(`a[href="${path}"]`).click();
  await expect(ada.getByRole('heading', { level: 2, name: 'Open actions' })).toBeVisible();
});
