'use client';

import { Toast } from '@base-ui/react/toast';
import { CircleCheck, Info, OctagonX, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button';
import { IconButton } from './icon-button';
import { type NotifyKind, toastManager } from './notify';

const ICONS: Record<NotifyKind, ReactNode> = {
  success: <CircleCheck aria-hidden className="text-success" />,
  info: <Info aria-hidden className="text-info" />,
  error: <OctagonX aria-hidden className="text-danger" />,
};

/** Mounted once by Providers. Timers stop while the pointer or the focus is inside; F6 moves the focus here. */
export function Toaster() {
  return (
    <Toast.Provider toastManager={toastManager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport
          data-print="hide"
          className="fixed inset-x-4 bottom-4 z-50 flex flex-col-reverse gap-2 sm:right-5 sm:left-auto sm:w-[380px]"
        >
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager<{ undo?: () => void }>();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={['right', 'down']}
      className="rounded-lg border border-line-strong bg-raised shadow-float transition-[opacity,translate] duration-150 data-ending-style:translate-y-1 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-2.5 py-2.5 pr-2 pl-3">
        <span className="flex h-7 items-center">{ICONS[(toast.type ?? 'success') as NotifyKind]}</span>
        <div className="flex min-w-0 flex-1 flex-col gap-0.5 py-1">
          <Toast.Title className="text-base font-medium" />
          <Toast.Description className="text-sm text-muted" />
        </div>
        {toast.data?.undo ? (
          <Button
            size="sm"
            onClick={() => {
              toastManager.close(toast.id);
              toast.data?.undo?.();
            }}
          >
            Undo
          </Button>
        ) : null}
        <Toast.Close
          render={
            <IconButton label="Dismiss" size="sm" tooltip={false}>
              <X aria-hidden />
            </IconButton>
          }
        />
      </Toast.Content>
    </Toast.Root>
  ));
}
