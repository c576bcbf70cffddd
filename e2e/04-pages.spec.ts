import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, keyIdOf, test } from './fixtures';

const PATHS = [
  '/overview',
  '/findings',
  '/findings?group=rule',
  '/findings/due',
  '/keys',
  '/audit',
  '/audit/integrity',
  '/scans',
  '/scans/targets',
  '/secrets',
  '/secrets/backends',
  '/checklist',
  '/checklist/releases',
  '/detections',
  '/detections/events',
  '/detections/sensors',
  '/detections/sources',
  '/detections/exceptions',
  '/detections/unreadable',
  '/anomalies',
  '/anomalies/rules',
  '/reports/metrics',
  '/reports/weekly',
  '/policies/gate-routes',
  '/policies/rate-limits',
  '/policies/rotation',
  '/policies/blocks',
  '/settings/members',
  '/settings/roles',
  '/settings/sessions',
  '/settings/tenants',
  '/settings/health',
  '/settings/notifications',
  '/settings/deliveries',
  '/inbox',
];
const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280 },
  { name: 'dark', colorScheme: 'dark', width: 1280 },
  { name: 'phone', colorScheme: 'light', width: 375 },
] as const;

async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

for (const look of LOOKS) {
  test(`every page is clean in ${look.name}`, async ({ as }) => {
    test.setTimeout(300_000);
    const ada = await as('ada');
    await ada.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await ada.setViewportSize({ width: look.width, height: 800 });
    const keyPath = `/keys/${await keyIdOf(ada, 'billing')}`;
    for (const path of [...PATHS, keyPath, '/keys/new']) {
      await ada.goto(path);
      await expect(ada.getByRole('heading').first(), path).toBeVisible();
      await expect(ada.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
      expect(await violationsOf(ada), `${path} in ${look.name}`).toEqual([]);
      const overflow = await ada.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, `${path} scrolls sideways in ${look.name}`).toBeLessThanOrEqual(0);
    }
  });
}

test('the keyboard is enough: skip link, palette, chords and the sheet of shortcuts', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/overview');
  await ada.keyboard.press('Tab');
  await expect(ada.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await ada.keyboard.press('Control+k');
  await ada.getByRole('combobox').fill('keys');
  await ada.keyboard.press('Enter');
  await expect(ada).toHaveURL(/\/keys$/);
  await ada.keyboard.press('g');
  await ada.keyboard.press('a');
  await expect(ada).toHaveURL(/\/audit/);
  await expect(ada.getByRole('heading', { level: 1, name: 'Audit log' })).toBeVisible();
  await ada.keyboard.press('Shift+?');
  await expect(ada.getByRole('dialog', { name: /shortcuts/i })).toBeVisible();
  await ada.keyboard.press('Escape');
  await expect(ada.getByRole('dialog', { name: /shortcuts/i })).toBeHidden();
});

test('an unknown page says so, without breaking the content policy', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/nothing-here');
  await expect(ada.getByRole('heading', { level: 1, name: 'Not found' })).toBeVisible();
});
