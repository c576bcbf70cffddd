import { expect, signIn, test } from './fixtures';

test.describe.configure({ mode: 'serial' });

test('the first person to sign in becomes the operator', async ({ as }) => {
  const ada = await as('ada');
  await expect(ada.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await ada.goto('/settings/members');
  await expect(ada.getByRole('row', { name: /ada \(you\).*operator/i })).toBeVisible();
});

test('the second person has no access and is told whom to ask', async ({ page }) => {
  await signIn(page, 'bob');
  await expect(page.getByRole('heading', { name: 'Ask an operator' })).toBeVisible();
  for (const path of ['/overview', '/keys', '/audit', '/settings/members']) {
    await page.goto(path);
    await expect(page, path).toHaveURL(/\/ask-an-operator$/);
  }
  const answer = await page.request.get('/api/v1/keys');
  expect(answer.status()).toBe(403);
  expect(await answer.json()).toMatchObject({ code: 'no_membership' });
});

test('an invited analyst gets in and sees no key actions', async ({ as, page }) => {
  const ada = await as('ada');
  await ada.goto('/settings/members');
  await ada.getByRole('button', { name: 'Invite member' }).click();
  const dialog = ada.getByRole('dialog', { name: 'Invite a member' });
  await dialog.getByLabel('User name').last().fill('bob');
  await dialog.getByRole('radio', { name: 'Analyst' }).click();
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(
    ada.getByRole('table', { name: 'Open invitations' }).getByRole('row', { name: /@bob/ }),
  ).toBeVisible();

  await signIn(page, 'bob');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.goto('/keys');
  await expect(page.getByRole('heading', { level: 1, name: 'Keys' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create key' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Members' })).toHaveCount(0);
  const refused = await page.request.post('/api/v1/keys', {
    data: { name: 'mine', scopes: ['keys:read'] },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(refused.status()).toBe(403);
});

test('a role change and disabling hold from the next request on', async ({ as }) => {
  const ada = await as('ada');
  const bob = await as('bob');
  await ada.goto('/settings/members');
  await ada.getByRole('button', { name: 'Change bob' }).click();
  await ada.getByRole('menuitemradio', { name: 'Auditor' }).click();
  await expect(ada.getByText('bob is now auditor')).toBeVisible();
  expect((await bob.request.get('/api/v1/members')).status()).toBe(200);

  await ada.getByRole('button', { name: 'Change bob' }).click();
  await ada.getByRole('menuitem', { name: 'Disable member' }).click();
  await expect(ada.getByText('bob no longer has access to this tenant')).toBeVisible();
  expect((await bob.request.get('/api/v1/members')).status()).toBe(403);
  await bob.goto('/keys');
  await expect(bob).toHaveURL(/\/ask-an-operator$/);

  await ada
    .getByRole('dialog', { name: 'bob no longer has access to this tenant' })
    .getByRole('button', { name: 'Undo' })
    .click();
  await expect.poll(async () => (await bob.request.get('/api/v1/members')).status()).toBe(200);
});

test('the only operator keeps the role', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/settings/members');
  await ada.getByRole('button', { name: 'Change ada' }).click();
  await ada.getByRole('menuitemradio', { name: 'Analyst' }).click();
  await expect(ada.getByText('Could not update the member').first()).toBeVisible();
  await expect(ada.getByRole('row', { name: /ada \(you\).*operator/i })).toBeVisible();
});

test('a session ended elsewhere is over at once, and sign-out ends the own one', async ({ as, page }) => {
  const ada = await as('ada');
  await signIn(page, 'ada');
  await ada.goto('/settings/sessions');
  await expect(ada.getByRole('row')).toHaveCount(3);
  await ada.getByRole('button', { name: 'End session' }).click();
  await expect(ada.getByRole('row')).toHaveCount(2);
  expect((await page.request.get('/api/v1/me')).status()).toBe(401);
  await page.goto('/keys');
  await expect(page).toHaveURL(/\/login/);

  await signIn(page, 'ada');
  await page.getByRole('button', { name: /ada/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/signed-out$/);
  expect((await page.request.get('/api/v1/me')).status()).toBe(401);
});

test('tenants are apart: a new one starts empty and the shell shows which is open', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/settings/tenants');
  await ada.getByRole('button', { name: 'Create tenant' }).click();
  const dialog = ada.getByRole('dialog', { name: 'Create a tenant' });
  await dialog.getByLabel('Name').fill('Payments EU');
  await expect(dialog.getByLabel('Slug')).toHaveValue('payments-eu');
  await dialog.getByRole('button', { name: 'Create tenant' }).click();
  await ada
    .getByRole('row', { name: /Payments EU/ })
    .getByRole('button', { name: 'Switch' })
    .click();
  await expect(ada.getByRole('button', { name: 'Tenant: Payments EU' })).toBeVisible();
  await ada.goto('/keys');
  await expect(ada.getByRole('heading', { name: 'No keys yet' })).toBeVisible();
  await ada.getByRole('button', { name: 'Tenant: Payments EU' }).click();
  await ada.getByRole('menuitemradio', { name: 'Default' }).click();
  await expect(ada.getByRole('button', { name: 'Tenant: Default' })).toBeVisible();
});
