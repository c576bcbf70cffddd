import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { Field } from './field';
import { Input, Textarea } from './input';
import { SecretField } from './secret-field';

afterEach(cleanup);

test('label and hint belong to the control, an error replaces the hint and marks it invalid', () => {
  const { rerender } = render(
    <Field label="Name" hint="What uses it">
      <Input />
    </Field>,
  );
  const input = screen.getByRole('textbox', { name: 'Name' });
  const described = () =>
    (input.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent);
  expect(described()).toContain('What uses it');
  expect(input.getAttribute('aria-invalid')).not.toBe('true');
  rerender(
    <Field label="Name" hint="What uses it" error="Give it a name">
      <Input />
    </Field>,
  );
  expect(described()).toContain('Give it a name');
  expect(described()).not.toContain('What uses it');
  expect(input.getAttribute('aria-invalid')).toBe('true');
});

test('a textarea takes the label too', () => {
  render(
    <Field label="Reason">
      <Textarea />
    </Field>,
  );
  expect(screen.getByRole('textbox', { name: 'Reason' }).tagName).toBe('TEXTAREA');
});

test('a secret is not in the document until it is shown', () => {
  const { container } = render(<SecretField label="Secret" value="blw_live_abcdefgh" visiblePrefix={9} />);
  expect(container.innerHTML).not.toContain('abcdefgh');
  screen.getByRole('button', { name: 'Show' }).click();
  return screen.findByText('blw_live_abcdefgh');
});
