'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import type { z } from 'zod';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { TOOL_NAMES, TOOLS, uploadScanInput } from '@/lib/assurance/findings/contract';
import { FileDrop } from './file-drop';
import type { Upload } from './use-upload';

export interface UploadFormProps {
  id: string;
  disabled: boolean;
  onSend: (upload: Upload) => void;
}

const formInput = uploadScanInput.pick({
  tool: true,
  asset: true,
  branch: true,
  category: true,
  complete: true,
});
type FormInput = z.input<typeof formInput>;
type FormOutput = z.output<typeof formInput>;

const BYTES_MAX = 100 * 1024 * 1024;
const DETECT = 'detect';
const TOOL_OPTIONS = [
  { value: DETECT, label: 'Detect from the report' },
  ...TOOLS.map((value) => ({ value: String(value), label: TOOL_NAMES[value] })),
];

function problemOf(file: File | null): string | null {
  if (!file) return 'Choose a report.';
  if (file.size === 0) return 'The file is empty. Choose the report that the scanner wrote.';
  return file.size > BYTES_MAX ? 'The file is larger than 100 MB. Compress it with gzip.' : null;
}

export function UploadForm({ id, disabled, onSend }: UploadFormProps) {
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const form = useForm<FormInput, unknown, FormOutput>({
    resolver: zodResolver(formInput),
    defaultValues: { asset: '', branch: 'main', category: '', complete: true },
  });
  const { errors } = form.formState;
  const choose = (next: File) => {
    setFile(next);
    setProblem(next.size === 0 || next.size > BYTES_MAX ? problemOf(next) : null);
  };
  return (
    <form
      id={id}
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        setProblem(problemOf(file));
        void form.handleSubmit((input) => {
          if (file && problemOf(file) === null) onSend({ file, input });
        })(event);
      }}
    >
      <FileDrop file={file} error={problem ?? undefined} disabled={disabled} onFile={choose} />
      <Field
        label="Asset"
        hint="What was scanned: an application, an image, a repository."
        error={errors.asset?.message}
      >
        <Input autoComplete="off" disabled={disabled} {...form.register('asset')} />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Branch" error={errors.branch?.message}>
          <Input autoComplete="off" disabled={disabled} {...form.register('branch')} />
        </Field>
        <Controller
          control={form.control}
          name="tool"
          render={({ field }) => (
            <Field label="Tool">
              <Select
                value={field.value ?? DETECT}
                onValueChange={(value) => field.onChange(value === DETECT ? undefined : value)}
                options={TOOL_OPTIONS}
                disabled={disabled}
              />
            </Field>
          )}
        />
      </div>
      <Field
        label="Category"
        optional
        hint="Separates scans by the same tool, such as image and source."
        error={errors.category?.message}
      >
        <Input autoComplete="off" disabled={disabled} {...form.register('category')} />
      </Field>
      <Controller
        control={form.control}
        name="complete"
        render={({ field }) => (
          <Checkbox
            label="The report covers the whole asset"
            hint="Clear this for a partial scan. Partial scans close no findings."
            checked={field.value === true}
            onCheckedChange={(checked) => field.onChange(checked === true)}
            disabled={disabled}
          />
        )}
      />
    </form>
  );
}
