import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';

const PAYLOAD = '<img src=x onerror="window.hacked=1"> [click](javascript:window.hacked=2)';

const report = {
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'hostile',
          rules: [
            {
              id: 'H1',
              shortDescription: { text: PAYLOAD },
              fullDescription: { text: `<script>window.hacked=3</script>${PAYLOAD}` },
              helpUri: 'javascript:window.hacked=4',
            },
          ],
        },
      },
      results: [
        {
          ruleId: 'H1',
          level: 'error',
          message: { text: PAYLOAD },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: 'src/<b>index</b>.ts' },
                region: { startLine: 7 },
              },
            },
          ],
        },
      ],
    },
  ],
};

async function upload(page: Page, asset = 'hostile'): Promise<void> {
  const status = await page.evaluate(
    async ([body, name]) => {
      const tenantId = document.querySelector<HTMLElement>('[data-tenant-id]')?.dataset.tenantId ?? '';
      const headers = { 'content-type': 'application/json', 'x-bulwark-tenant': tenantId };
      const path = `/api/v1/scans?asset=${encodeURIComponent(name)}`;
      return (await fetch(path, { method: 'POST', headers, body })).status;
    },
    [JSON.stringify(report), asset] as const,
  );
  expect(status).toBe(202);
}

test('a hostile report stays text, and a decision about it can be undone', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/findings?q=asset:hostile');
  await upload(ada);
  const row = ada.getByRole('row').filter({ hasText: 'H1' });
  await expect(async () => {
    await ada.reload();
    await expect(row).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 30_000 });
  await row.getByRole('button').first().click();
  const drawer = ada.getByRole('dialog', { name: 'H1' });
  await expect(drawer.getByText('History')).toBeVisible();
  await expect(drawer.getByText(PAYLOAD).first()).toBeVisible();
  expect(
    await ada.locator('main img, main b, [role=dialog] img, [role=dialog] b, a[href^=javascript]').count(),
  ).toBe(0);
  expect(await ada.evaluate(() => 'hacked' in window)).toBe(false);

  await drawer.getByRole('button', { name: 'Decide', exact: true }).click();
  const form = ada.getByRole('dialog', { name: 'Decide about this finding' });
  await form.getByRole('combobox', { name: 'Decision' }).click();
  await ada.getByRole('option', { name: /False positive/ }).click();
  await form.getByLabel('Reason').fill('Made for this test');
  await form.getByRole('button', { name: 'Decide' }).click();
  await expect(ada.getByText('False positive: 1 finding')).toBeVisible();
  await expect(row).toHaveCount(0);
  await expect(ada).toHaveURL(/q=asset/);
  await ada.getByRole('button', { name: 'Undo' }).click();
  await expect(row).toBeVisible();
});

test('facets, groups, what is due, a run’s changes and exports show a hostile report as text', async ({
  as,
}) => {
  const ada = await as('ada');
  const asset = '<b onmouseover="window.hacked=5">shop</b>';
  await ada.goto('/findings');
  await upload(ada, asset);
  const facets = ada.getByRole('checkbox', { name: asset });
  await expect(async () => {
    await ada.goto('/findings?q=severity:high');
    await expect(facets).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 30_000 });
  const isClean = async () => {
    expect(
      await ada.locator('main img, main b, [role=dialog] img, [role=dialog] b, a[href^=javascript]').count(),
    ).toBe(0);
    expect(await ada.evaluate(() => 'hacked' in window)).toBe(false);
  };
  await isClean();

  await ada.getByRole('combobox', { name: 'Group' }).click();
  await ada.getByRole('option', { name: 'By asset' }).click();
  await expect(ada).toHaveURL(/group=asset/);
  const group = ada.getByRole('link', { name: asset });
  await expect(group).toBeVisible();
  await isClean();
  await group.click();
  await expect(ada.getByRole('row').filter({ hasText: 'H1' })).toBeVisible();
  await expect(ada).toHaveURL(/q=.*severity.*asset/);

  await ada.getByRole('link', { name: 'Due', exact: true }).click();
  await expect(ada.getByRole('heading', { name: 'By severity' })).toBeVisible();
  await expect(ada.getByText(asset).first()).toBeVisible();
  await isClean();

  await ada.goto('/scans?q=asset:hostile');
  await ada.getByRole('row').filter({ hasText: 'hostile' }).last().getByRole('button').first().click();
  const changes = ada.getByRole('region', { name: 'Against the last run' });
  await expect(changes.getByText(PAYLOAD)).toBeVisible();
  await isClean();

  const download = async (format: string) => {
    const response = await ada.request.get(`/api/v1/findings/export?format=${format}&rule=H1`);
    expect(response.headers()['content-disposition']).toContain('attachment');
    expect(response.headers()['x-content-type-options']).toBe('nosniff');
    return response.text();
  };
  expect(JSON.parse(await download('sarif')).runs[0].results).toHaveLength(2);
  expect((await download('csv')).trimEnd().split('\r\n')).toHaveLength(3);
});
