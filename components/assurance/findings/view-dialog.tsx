'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { notify } from '@/components/ui/notify';
import type { SavedViewDto } from '@/lib/assurance/findings/saved-views-contract';
import type { ViewContent } from './finding-url';
import { createView, savedViewsQuery, updateView } from './saved-views.queries';

export interface ViewDialogProps {
  /** The view to rename; null saves what the list shows as a new one. */
  view: SavedViewDto | null;
  shown: ViewContent;
  canShare: boolean;
  onClose: () => void;
  onSaved: (view: SavedViewDto) => void;
}

function useSave({ view, shown, onClose, onSaved }: ViewDialogProps) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (given: { name: string; isShared: boolean }) =>
      view ? updateView(view, given) : createView({ ...shown, ...given }),
    onSuccess: (saved) => {
      notify({ title: view ? 'View changed' : `Saved as ${saved.name}` });
      onSaved(saved);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: savedViewsQuery.queryKey }),
  });
}

/** Names what the list shows, or names a view anew. */
export function ViewDialog(props: ViewDialogProps) {
  const { view, canShare, onClose } = props;
  const formId = useId();
  const [name, setName] = useState(view?.name ?? '');
  const [isShared, setShared] = useState(view?.isShared ?? false);
  const save = useSave(props);
  const fault = save.error instanceof ApiError ? save.error.fields.find(({ path }) => path === 'name') : null;
  const mayShare = canShare && (view === null || view.isOwn);
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={view ? 'Rename or share this view' : 'Save this view'}
      description={view ? undefined : 'Saves the current filter, sort order and grouping.'}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            loading={save.isPending}
            disabled={name.trim() === ''}
          >
            Save
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ name, isShared });
        }}
      >
        {save.error && !fault ? (
          <Callout tone="danger" title="Could not save the view">
            {save.error.message}
          </Callout>
        ) : null}
        <Field label="Name" error={fault?.message}>
          <Input value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} />
        </Field>
        {mayShare ? (
          <Checkbox
            checked={isShared}
            onCheckedChange={setShared}
            label="Share with everyone in this tenant"
            hint="Anyone who can decide on findings can change a shared view."
          />
        ) : null}
      </form>
    </Dialog>
  );
}
