import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { KeyWithSecretDto } from '@/lib/access/api-keys/contract';
import { SecretDialog } from './secret-dialog';
import { testKey } from './test-key';

const secret = 'blw_live_ab1cDeFgHiJkLmNoPqRsTuVwXyZ01234';
const origins = { gateUrl: 'http://gate.test', consoleUrl: 'http://console.test' };
const result: KeyWithSecretDto = { key: testKey(), version: 1, secret, replayed: false };

function show(more: Partial<KeyWithSecretDto> = {}) {
  const onClosed = vi.fn();
  render(<SecretDialog result={{ ...result, ...more }} origins={origins} onClosed={onClosed} />);
  return { onClosed, user: userEvent.setup() };
}

describe('SecretDialog', () => {
  it('masks the secret until it is asked for, in every form', async () => {
    const { user } = show();
    expect(document.body.textContent).not.toContain(secret);
    await user.click(screen.getByRole('tab', { name: '.env' }));
    expect(document.body.textContent).not.toContain(secret);
    await user.click(screen.getByRole('button', { name: 'Show the secret' }));
    expect(document.body.textContent).toContain(`BULWARK_API_KEY=${secret}`);
  });

  it('copies the real secret while it is hidden', async () => {
    const { user } = show();
    const written: string[] = [];
    Object.defineProperty(window, 'isSecureContext', { value: true, configurable: true });
    vi.spyOn(navigator.clipboard, 'writeText').mockImplementation((text) => {
      written.push(text);
      return Promise.resolve();
    });
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    await waitFor(() => expect(written).toEqual([secret]));
  });

  it('cannot be left by Escape, by the close button or by the button without the ticked box', async () => {
    const { user, onClosed } = show();
    expect(screen.queryByRole('button', { name: 'Close' })).toBeNull();
    await user.keyboard('{Escape}');
    await user.click(screen.getByRole('button', { name: 'Done' }));
    expect(onClosed).not.toHaveBeenCalled();
    expect(screen.getByRole('dialog')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: 'I have stored the secret' }));
    await user.click(screen.getByRole('button', { name: 'Done' }));
    expect(onClosed).toHaveBeenCalledTimes(1);
  });

  it('asks before the tab is closed, and stays on the back button', () => {
    const { onClosed } = show();
    const leaving = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leaving);
    expect(leaving.defaultPrevented).toBe(true);
    expect(screen.queryByText('Store the secret before you close')).toBeNull();
    fireEvent.popState(window);
    expect(onClosed).not.toHaveBeenCalled();
    expect(screen.getByText('Store the secret before you close')).toBeTruthy();
  });

  it('keeps the palette shut, which could lead elsewhere', () => {
    show();
    const heard = vi.fn();
    document.addEventListener('keydown', heard);
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    expect(heard).not.toHaveBeenCalled();
    fireEvent.keyDown(document.body, { key: 'a' });
    expect(heard).toHaveBeenCalledTimes(1);
    document.removeEventListener('keydown', heard);
  });

  it('lets go of the tab once it is closed', () => {
    const { rerender } = render(<SecretDialog result={result} origins={origins} onClosed={() => {}} />);
    rerender(<SecretDialog result={null} origins={origins} onClosed={() => {}} />);
    const leaving = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leaving);
    expect(leaving.defaultPrevented).toBe(false);
    expect(document.body.textContent).not.toContain(secret);
  });

  it('says what to do when a repeated request brings no secret', async () => {
    const { user, onClosed } = show({ secret: null, replayed: true });
    expect(screen.getByText(/rotate the key to get a new one/)).toBeTruthy();
    await user.click(screen.getAllByRole('button', { name: 'Close' }).at(-1) ?? document.body);
    expect(onClosed).toHaveBeenCalled();
  });
});
