'use client';

import { FileUp } from 'lucide-react';
import { type DragEvent, useState } from 'react';
import { cn } from '@/components/ui/cn';
import { sizeText } from './scan-peek';

export interface FileDropProps {
  file: File | null;
  error?: string;
  disabled: boolean;
  onFile: (file: File) => void;
}

/** A file by drag and drop or by the picker, which the keyboard reaches as well. */
export function FileDrop({ file, error, disabled, onFile }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const [first] = files ?? [];
    if (first && !disabled) onFile(first);
  };
  const on = (over: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(over);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label
        onDragEnter={on(true)}
        onDragOver={on(true)}
        onDragLeave={on(false)}
        onDrop={(event) => {
          on(false)(event);
          take(event.dataTransfer.files);
        }}
        className={cn(
          'flex cursor-pointer flex-col items-center gap-1 rounded-md border border-line-strong border-dashed px-4 py-6 text-center focus-within:outline-2 focus-within:outline-accent hover:bg-hover',
          isOver && 'border-accent-line bg-accent-wash',
          disabled && 'pointer-events-none',
        )}
      >
        <FileUp aria-hidden className="text-faint" />
        <span className="max-w-full truncate font-medium text-base">
          {file ? file.name : 'Drop a report here, or choose a file'}
        </span>
        <span className="text-muted text-sm">
          {file
            ? sizeText(file.size) + (disabled ? '' : '. Choose another one')
            : 'Original scanner output, plain or gzip, up to 100 MB'}
        </span>
        <input
          type="file"
          aria-label="Report"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? 'report-problem' : undefined}
          accept=".json,.sarif,.gz,.cdx"
          disabled={disabled}
          className="sr-only"
          onChange={(event) => take(event.currentTarget.files)}
        />
      </label>
      {error ? (
        <p id="report-problem" role="alert" className="text-danger-text text-sm">
          {error}
        </p>
      ) : null}
    </div>
  );
}
