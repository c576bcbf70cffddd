import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { testKey } from '@/components/access/api-keys/secret/test-key';
import { RevokeDialog } from './revoke-dialog';

function show() {
  const revoke = vi.fn(() => Promise.resolve());
  const onClose = vi.fn();
  render(<RevokeDialog target={testKey()} onClose={onClose} actions={{ revoke }} />);
  return { revoke, onClose, user: userEvent.setup() };
}

describe('RevokeDialog', () => {
  it('revokes with a reason and says that it can be undone', async () => {
    const { user, revoke, onClose } = show();
    expect(screen.getByText(/You can undo this for 60 minutes/)).toBeTruthy();
    await user.click(screen.getByRole('radio', { name: /Owner left/ }));
    await user.type(screen.getByLabelText(/Comment/), ' left in May ');
    await user.click(screen.getByRole('button', { name: 'Revoke now' }));
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(revoke).toHaveBeenCalledWith(expect.objectContaining({ name: 'ci-deploy' }), {
      reason: 'AFFILIATION_CHANGED',
      comment: 'left in May',
    });
  });

  it('wants the name typed for an exposed secret', async () => {
    const { user, revoke, onClose } = show();
    await user.click(screen.getByRole('radio', { name: /The secret was exposed/ }));
    expect(screen.getByText(/This cannot be undone/)).toBeTruthy();
    await user.type(screen.getByLabelText(/to confirm/), 'ci-deplo');
    await user.click(screen.getByRole('button', { name: 'Revoke now' }));
    expect(revoke).not.toHaveBeenCalled();
    await user.type(screen.getByLabelText(/to confirm/), 'y');
    await user.click(screen.getByRole('button', { name: 'Revoke now' }));
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(revoke).toHaveBeenCalledWith(expect.anything(), { reason: 'KEY_COMPROMISE' });
  });
});
