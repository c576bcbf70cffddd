'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import {
  type CreateTenantInput,
  createTenantInput,
  type MyTenantDto,
  updateTenantInput,
} from '@/lib/platform/tenancy/contract';
import { settingsKeys } from './settings.queries';

/** `Payments EU` becomes `payments-eu`. */
function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
}

const changeTenant = createTenantInput.extend({ timeZone: updateTenantInput.shape.timeZone });

interface TenantFields extends CreateTenantInput {
  timeZone?: string;
}

function save(tenant: MyTenantDto | undefined, body: TenantFields) {
  if (!tenant) return apiFetch('/tenants', { method: 'POST', body });
  return apiFetch(`/tenants/${tenant.id}`, { method: 'PATCH', body, ifMatch: `"${tenant.version}"` });
}

function TenantForm({ tenant, onDone }: { tenant?: MyTenantDto; onDone: () => void }) {
  const router = useRouter();
  const form = useForm<TenantFields>({
    resolver: zodResolver<TenantFields, unknown, TenantFields>(tenant ? changeTenant : createTenantInput),
    defaultValues: tenant
      ? { name: tenant.name, slug: tenant.slug, timeZone: tenant.timeZone }
      : { name: '', slug: '' },
  });
  const action = useAction<TenantFields>({
    run: (body) => save(tenant, body),
    refresh: [settingsKeys.tenants],
    done: ({ name }) => {
      onDone();
      router.refresh();
      return {
        title: tenant ? `${name} is changed` : `${name} is created; you are its operator`,
      };
    },
    failed: tenant ? 'Could not save the tenant' : 'Could not create the tenant',
  });
  const { errors, dirtyFields } = form.formState;
  const name = form.register('name', {
    onChange: (event) => {
      if (!tenant && !dirtyFields.slug) form.setValue('slug', slugOf(event.target.value));
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((input) => action.mutate(input))}
    >
      <Field label="Name" error={errors.name?.message}>
        <Input autoComplete="off" {...name} />
      </Field>
      <Field label="Slug" hint="Identifies the tenant on the command line." error={errors.slug?.message}>
        <Input mono autoComplete="off" spellCheck={false} {...form.register('slug')} />
      </Field>
      {tenant ? (
        <Field
          label="Time zone"
          hint="Used for rotation windows, quiet hours, daily summaries and reports."
          error={errors.timeZone?.message}
        >
          <Input
            mono
            list="time-zones"
            autoComplete="off"
            spellCheck={false}
            {...form.register('timeZone')}
          />
        </Field>
      ) : null}
      <datalist id="time-zones">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {action.error ? <Callout tone="danger">{action.error.message}</Callout> : null}
      <div className="flex justify-end gap-2">
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" loading={action.isPending}>
          {tenant ? 'Save' : 'Create tenant'}
        </Button>
      </div>
    </form>
  );
}

/** Creates a tenant, or renames the given one. */
export function TenantDialog({ tenant }: { tenant?: MyTenantDto }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setOpen}
      trigger={tenant ? <Button size="sm">Change</Button> : <Button variant="primary">Create tenant</Button>}
      title={tenant ? 'Change the tenant' : 'Create a tenant'}
      description={
        tenant
          ? 'Keys, members and the audit log stay as they are.'
          : 'It starts empty, with you as its only operator.'
      }
    >
      <TenantForm tenant={tenant} onDone={() => setOpen(false)} />
    </Dialog>
  );
}
