'use client';

import { AlertDialog as Base } from '@base-ui/react/alert-dialog';
import { type ReactElement, type ReactNode, useState } from 'react';
import { Button } from './button';
import { backdropClass } from './dialog';
import { Field } from './field';
import { Input } from './input';

export interface AlertDialogProps {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactElement;
  /** A question with the object's name: "Revoke ci-deploy?" */
  title: ReactNode;
  /** What will happen, and whether it can be undone. */
  description: ReactNode;
  /** A verb: "Revoke now". */
  confirmLabel: string;
  cancelLabel?: string;
  /** Danger paints the confirming button red. */
  tone?: 'danger' | 'primary';
  /** Only for acts that cannot be undone: the name that must be typed. */
  typedName?: string;
  /** Closes when it resolves; stays open when it rejects, so that `error` can be shown. */
  onConfirm: () => unknown;
  error?: ReactNode;
  children?: ReactNode;
}

export function AlertDialog(props: AlertDialogProps) {
  const [innerOpen, setInnerOpen] = useState(false);
  const open = props.open ?? innerOpen;
  const setOpen = (next: boolean) => {
    setInnerOpen(next);
    props.onOpenChange?.(next);
  };
  return (
    <Base.Root open={open} onOpenChange={setOpen}>
      {props.trigger ? <Base.Trigger render={props.trigger} /> : null}
      <Base.Portal>
        <Base.Backdrop className={backdropClass} />
        <Base.Popup
          data-modal=""
          className="fixed inset-x-4 top-[16dvh] z-40 mx-auto flex max-w-[440px] flex-col rounded-lg border border-line-strong bg-surface text-ink shadow-overlay outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0"
        >
          <AlertDialogBody {...props} close={() => setOpen(false)} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function AlertDialogBody({
  title,
  description,
  confirmLabel,
  cancelLabel = 'Cancel',
  tone = 'danger',
  typedName,
  onConfirm,
  error,
  children,
  close,
}: AlertDialogProps & { close: () => void }) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const ready = typedName === undefined || typed.trim() === typedName;

  async function confirm() {
    if (!ready) return;
    setBusy(true);
    try {
      await onConfirm();
      close();
    } catch {
      setBusy(false);
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <div className="flex flex-col gap-3 px-5 pt-4 pb-5">
        <Base.Title className="text-lg font-semibold text-balance">{title}</Base.Title>
        <Base.Description render={<div />} className="text-base text-muted">
          {description}
        </Base.Description>
        {children}
        {typedName !== undefined ? (
          <Field
            label={
              <>
                Type <code className="rounded-xs bg-sunken px-1 text-sm">{typedName}</code> to confirm
              </>
            }
          >
            <Input
              mono
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              spellCheck={false}
            />
          </Field>
        ) : null}
        {error ? (
          <p role="alert" className="text-sm text-danger-text">
            {error}
          </p>
        ) : null}
      </div>
      <div className="flex justify-end gap-2 border-t border-line px-5 py-3">
        <Base.Close render={<Button>{cancelLabel}</Button>} />
        <Button
          type="submit"
          variant={tone === 'danger' ? 'danger' : 'primary'}
          disabled={!ready}
          loading={busy}
        >
          {confirmLabel}
        </Button>
      </div>
    </form>
  );
}
