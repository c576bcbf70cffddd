import { createKey, expect, keyIdOf, takeSecret, test, verify } from './fixtures';

test.describe.configure({ mode: 'serial' });

let gateKey = '';
let first = '';
let second = '';

test('a new key is accepted by the gate, and the access stands in the audit log within a second', async ({
  as,
}) => {
  const ada = await as('ada');
  gateKey = await createKey(ada, 'edge-gate');
  first = await createKey(ada, 'billing');
  const answer = await verify(gateKey, first, { ip: '203.0.113.7', method: 'GET', path: '/invoices/42' });
  expect(answer).toMatchObject({ status: 200, body: { valid: true, code: 'VALID', version: 1 } });

  await ada.waitForTimeout(1000);
  await ada.goto('/audit?category=decision');
  const row = ada.getByRole('row', { name: /billing/ }).first();
  await expect(row).toContainText('203.0.113.7');
  await expect(row).toContainText('/invoices/42');
});

test('the secret dialog lets nobody leave before it is stored', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/keys/new');
  const form = ada.getByRole('dialog', { name: 'Create a key' });
  await form.getByLabel('Name').fill('throw-away');
  await form.getByRole('button', { name: 'Create key' }).click();
  const dialog = ada.getByRole('dialog', { name: /^Store the secret/ });
  await expect(dialog.getByRole('button', { name: 'Done' })).toBeDisabled();
  await ada.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  await takeSecret(ada);
  await expect(dialog).toBeHidden();
  expect(await ada.content()).not.toMatch(/blw_live_[0-9A-Za-z]{54}/);
});

test('rotation: both secrets work, the first use starts the countdown on screen, the old one ends at once', async ({
  as,
}) => {
  const ada = await as('ada');
  await ada.goto(`/keys/${await keyIdOf(ada, 'billing')}`);
  await ada.getByRole('button', { name: 'Rotate', exact: true }).click();
  await ada
    .getByRole('dialog', { name: 'Rotate billing' })
    .getByRole('button', { name: 'Rotate key' })
    .click();
  second = await takeSecret(ada);
  expect(second).not.toBe(first);
  await expect(ada.getByRole('region', { name: 'Version 1' })).toContainText('Current');
  await expect(ada.getByRole('region', { name: 'Version 2' })).toContainText('Pending first use');

  expect((await verify(gateKey, first)).body).toMatchObject({ code: 'VALID', version: 1 });
  await expect(ada.getByRole('region', { name: 'Version 2' })).toContainText('Pending first use');
  expect((await verify(gateKey, second)).body).toMatchObject({ code: 'VALID', version: 2 });
  await expect(ada.getByRole('region', { name: 'Version 2' })).toContainText('Current', { timeout: 8000 });
  await expect(ada.getByRole('main')).toContainText(/23:59:\d\d/);
  expect((await verify(gateKey, first)).body).toMatchObject({ code: 'VALID', rotation: { state: 'grace' } });

  await ada.getByRole('button', { name: 'Revoke old version' }).click();
  await ada.getByRole('alertdialog').getByRole('button', { name: 'Revoke now' }).click();
  await expect(ada.getByText('No rotation in progress')).toBeVisible();
  expect((await verify(gateKey, first)).body).toMatchObject({ valid: false, code: 'REVOKED' });
  expect((await verify(gateKey, second)).body).toMatchObject({ valid: true, code: 'VALID' });
});

test("the gate caller's own key is rotated the same way: its use as a caller counts", async ({ as }) => {
  const ada = await as('ada');
  await ada.goto(`/keys/${await keyIdOf(ada, 'edge-gate')}`);
  await ada.getByRole('button', { name: 'Rotate', exact: true }).click();
  await ada
    .getByRole('dialog', { name: 'Rotate edge-gate' })
    .getByRole('button', { name: 'Rotate key' })
    .click();
  const nextGateKey = await takeSecret(ada);
  expect((await verify(nextGateKey, second)).body).toMatchObject({ code: 'VALID' });
  await expect(ada.getByRole('region', { name: 'Version 2' })).toContainText('Current', { timeout: 8000 });
  gateKey = nextGateKey;
});

test('a revocation can be undone, one for compromise cannot', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto(`/keys/${await keyIdOf(ada, 'billing')}`);
  await ada.getByRole('button', { name: 'Revoke', exact: true }).click();
  await ada
    .getByRole('alertdialog')
    .or(ada.getByRole('dialog'))
    .getByRole('button', { name: /^Revoke/ })
    .click();
  await expect(ada.getByRole('heading', { level: 1 })).toContainText('Revoked');
  expect((await verify(gateKey, second)).body).toMatchObject({ code: 'REVOKED' });
  await ada.getByRole('button', { name: /Undo revocation/ }).click();
  await expect(ada.getByRole('heading', { level: 1 })).not.toContainText('Revoked');
  expect((await verify(gateKey, second)).body).toMatchObject({ code: 'VALID' });
});
