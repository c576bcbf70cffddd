import { expect, test } from './fixtures';

test('an operator blocks a network, lifts it and takes that back', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/policies/blocks');
  await ada.getByRole('button', { name: 'Add block' }).first().click();
  const drawer = ada.getByRole('dialog', { name: 'Add a block' });
  await drawer.getByLabel('Reason').fill('scanner');
  await drawer.getByLabel('Value').fill('203.0.113.9/24');
  await drawer.getByRole('button', { name: 'Add block' }).click();
  await expect(drawer).toBeHidden();
  const row = ada.getByRole('row', { name: /203\.0\.113\.0\/24/ });
  await expect(row).toContainText('Active');
  await expect(ada.getByText('1 active block.')).toBeVisible();

  await row.getByRole('button', { name: /Change the block/ }).click();
  await ada.getByRole('menuitem', { name: 'Lift block' }).click();
  await expect(row).toContainText('Lifted');
  await expect(ada.getByText('Nothing is blocked.')).toBeVisible();
  await ada.getByRole('button', { name: 'Undo' }).click();
  await expect(row).toContainText('Active');
});

test('a block that hits the operator needs a second word', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/policies/blocks?block=ip:127.0.0.1');
  const drawer = ada.getByRole('dialog', { name: 'Add a block' });
  await expect(drawer.getByLabel('Value')).toHaveValue('127.0.0.1');
  await drawer.getByLabel('Reason').fill('by mistake');
  await drawer.getByRole('button', { name: 'Add block' }).click();
  const question = ada.getByRole('alertdialog', { name: 'This block includes you' });
  await expect(question).toBeVisible();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(question).toBeHidden();
  await ada.goto('/policies/blocks');
  await expect(ada.getByRole('row', { name: /127\.0\.0\.1/ })).toHaveCount(0);
});

test('the address of an event is proposed for a block', async ({ as }) => {
  const ada = await as('ada');
  await ada.goto('/audit?from=now-1h&q=action:block.created');
  await ada
    .getByRole('row', { name: /Blocked/ })
    .first()
    .getByRole('button')
    .first()
    .click();
  await ada.getByRole('link', { name: 'Block address' }).click();
  await expect(ada).toHaveURL(/\/policies\/blocks/);
  await expect(ada.getByRole('dialog', { name: 'Add a block' })).toBeVisible();
});
