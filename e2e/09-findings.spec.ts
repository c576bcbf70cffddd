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

async function upload(page: Page, asset = 'hostile', content: object = report): Promise<void> {
  const status = await page.evaluate(
    async ([body, name]) => {
      const tenantId = document.querySelector<HTMLElement>('[data-tenant-id]')?.dataset.tenantId ?? '';
      const headers = { 'content-type': 'application/json', 'x-bulwark-tenant': tenantId };
      const path = `/api/v1/scans?asset=${encodeURIComponent(name)}`;
      return (await fetch(path, { method: 'POST', headers, body })).status;
    },
    [JSON.stringify(content), asset] as const,
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
  const form = ada.getByRole('dialog', { name: 'Record a decision' });
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
  const changes = ada.getByRole('region', { name: 'Compared with the previous scan' });
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

/** More findings than the list loads at once. */
const many = {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'counting' } },
      results: Array.from({ length: 130 }, (_, i) => ({
        ruleId: `M${i}`,
        level: 'warning',
        message: { text: `Found ${i}` },
        locations: [{ physicalLocation: { artifactLocation: { uri: `src/${i}.ts` } } }],
      })),
    },
  ],
};

test('all that a filter finds is decided, also what is not loaded, and undone', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/findings');
  await upload(ada, 'many', many);
  const found = ada.getByRole('status').filter({ hasText: '100 findings loaded; scroll for more' });
  await expect(async () => {
    await ada.goto('/findings?q=asset:many -rule:M7');
    await expect(found).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 30_000 });
  await ada.getByRole('checkbox', { name: 'Select all loaded rows' }).click();
  const bar = ada.getByRole('region', { name: 'Selected rows' });
  await bar.getByRole('button', { name: 'Select all matching rows' }).click();
  await expect(bar).toContainText('All matching rows selected');
  await bar.getByRole('button', { name: 'Decide' }).click();
  const form = ada.getByRole('dialog', { name: 'Decide about all 129 findings' });
  await form.getByRole('combobox', { name: 'Decision' }).click();
  await ada.getByRole('option', { name: /False positive/ }).click();
  await form.getByLabel('Reason').fill('Made for this test');
  await form.getByRole('button', { name: 'Decide' }).click();
  await expect(ada.getByText('False positive: 129 findings')).toBeVisible();
  await expect(ada.getByText('No findings match these filters')).toBeVisible();
  await expect(ada).toHaveURL(/q=asset:many/);
  await ada.getByRole('button', { name: 'Undo' }).click();
  await expect(found).toBeVisible();
  await ada.goto('/findings?q=asset:many state:false_positive');
  await expect(ada.getByRole('status').filter({ hasText: '0 findings' })).toBeVisible();
});

test('a view is saved, shared, changed, found by its link and brought back, whatever its name', async ({
  as,
}) => {
  const ada = await as('ada');
  const name = '<img src=x onerror="window.hacked=6"> {{7*7}}';
  await ada.goto('/findings?q=severity:high&sort=newest');
  await ada.getByRole('button', { name: 'Views' }).click();
  await ada.getByRole('menuitem', { name: 'Save current view…' }).click();
  const dialog = ada.getByRole('dialog', { name: 'Save this view' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('checkbox', { name: /Share with everyone/ }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const trigger = ada.getByRole('button', { name });
  await expect(trigger).toBeVisible();
  await expect(ada).toHaveURL(/view=/);
  const id = new URL(ada.url()).searchParams.get('view') ?? '';

  await ada.getByRole('combobox', { name: 'Group' }).click();
  await ada.getByRole('option', { name: 'By rule' }).click();
  await expect(trigger).toContainText('changed');
  await trigger.click();
  await ada.getByRole('menuitem', { name: 'Save the changes' }).click();
  await expect(trigger).not.toContainText('changed');

  const byLink = await ada.context().newPage();
  await byLink.goto(`/findings/views/${id}`);
  await expect(byLink).toHaveURL(/\/findings\?q=severity.*sort=newest.*group=rule/);
  await expect(byLink.getByRole('button', { name })).toBeVisible();
  await byLink.close();

  await trigger.click();
  await ada.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(ada.getByRole('button', { name: 'Views' })).toBeVisible();
  await expect(ada).not.toHaveURL(/view=/);
  await ada.getByRole('button', { name: 'Undo' }).click();
  await expect(trigger).toBeVisible();
  await ada.goto(`/findings/views/${id}`);
  await expect(ada.getByRole('heading', { name: 'Not found' })).toBeVisible();
  await ada.goto('/findings?q=severity:high');
  expect(await ada.locator('main img, [role=dialog] img, [role=menu] img').count()).toBe(0);
  expect(await ada.evaluate(() => 'hacked' in window)).toBe(false);
});
