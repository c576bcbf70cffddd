'use client';

import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog } from '@/components/ui/dialog';
import { Progress } from '@/components/ui/progress';
import type { ScanDto } from '@/lib/assurance/findings/contract';
import { isUnderWay } from './scan-filter';
import { ScanBody, type ScanRights, sizeText } from './scan-peek';
import { sentenceOf } from './scan-words';
import { followedScanQuery } from './scans.queries';
import { UploadForm } from './upload-form';
import { type Upload, useUpload } from './use-upload';

export interface UploadDialogProps {
  rights: ScanRights;
  onClose: () => void;
}

/** The reason of a failed one stands below. */
const resultOf = (scan: ScanDto) =>
  scan.status === 'failed' ? 'No findings were opened or closed.' : sentenceOf(scan);

const isStopped = (error: Error | null) => error instanceof DOMException && error.name === 'AbortError';

/** A report from the disk to its result: choose, send, follow the import. */
export function UploadDialog({ rights, onClose }: UploadDialogProps) {
  const formId = useId();
  const { upload, sentBytes, stop } = useUpload();
  const [sending, setSending] = useState<Upload | null>(null);
  const close = () => {
    if (upload.isPending) stop();
    onClose();
  };
  if (upload.data) {
    return (
      <FollowDialog scanId={upload.data.scanId} rights={rights} onClose={onClose} onAgain={upload.reset} />
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) close();
      }}
      dismissible={!upload.isPending}
      title="Upload a report"
      description="Upload the report exactly as the scanner wrote it. Findings it no longer lists are closed as fixed, unless the report is partial."
      footer={
        <>
          <Button onClick={upload.isPending ? stop : close}>{upload.isPending ? 'Stop' : 'Cancel'}</Button>
          <Button type="submit" form={formId} variant="primary" loading={upload.isPending}>
            Upload
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {upload.error && !isStopped(upload.error) ? (
          <Callout tone="danger" title="Could not upload the report">
            {upload.error.message}
          </Callout>
        ) : null}
        {upload.isPending && sending ? <Sending upload={sending} sentBytes={sentBytes} /> : null}
        <UploadForm
          id={formId}
          disabled={upload.isPending}
          onSend={(next) => {
            setSending(next);
            upload.mutate(next);
          }}
        />
      </div>
    </Dialog>
  );
}

function Sending({ upload: { file }, sentBytes }: { upload: Upload; sentBytes: number }) {
  const sent = Math.min(sentBytes, file.size);
  return (
    <Progress
      label={sent < file.size ? `Sending ${file.name}` : 'Uploaded. Storing the report.'}
      value={sent}
      max={file.size}
      text={`${sizeText(sent)} of ${sizeText(file.size)}`}
    />
  );
}

interface FollowDialogProps extends UploadDialogProps {
  scanId: string;
  onAgain: () => void;
}

/** The import, watched until it is done; closing does not stop it. */
function FollowDialog({ scanId, rights, onClose, onAgain }: FollowDialogProps) {
  const { data: scan, error } = useQuery(followedScanQuery(scanId));
  const isDone = scan !== undefined && !isUnderWay(scan.status);
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={isDone ? `Report of ${scan.asset.name}` : 'Importing the report'}
      description={isDone ? resultOf(scan) : 'You can close this dialog. The import continues.'}
      footer={
        <>
          <Button onClick={onAgain}>Upload another</Button>
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {error ? (
        <Callout tone="danger" title="Could not load the import status">
          {error.message}
        </Callout>
      ) : null}
      {scan ? <ScanBody scan={scan} {...rights} /> : <Progress label="Report received." value={null} />}
    </Dialog>
  );
}
