import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { apiUpload } from '@/components/shell/api-upload';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import type { UploadedScanDto, UploadScanInput } from '@/lib/assurance/findings/contract';
import { scanKeys } from './scans.queries';

export interface Upload {
  file: File;
  input: UploadScanInput;
}

/** Sends a report; `sentBytes` grows meanwhile, `stop` gives it up. */
export function useUpload() {
  const client = useQueryClient();
  const [sentBytes, setSentBytes] = useState(0);
  const stopping = useRef<AbortController | null>(null);
  const { keyFor, finish } = useIdempotencyKey();
  const upload = useMutation({
    mutationFn: ({ file, input }: Upload) => {
      setSentBytes(0);
      stopping.current = new AbortController();
      const { complete, ...texts } = input;
      const { name, size, lastModified } = file;
      return apiUpload<UploadedScanDto>('/scans', {
        file,
        query: { ...texts, complete: String(complete), file: name },
        idempotencyKey: keyFor([input, name, size, lastModified]),
        signal: stopping.current.signal,
        onProgress: setSentBytes,
      });
    },
    onSuccess: finish,
    onSettled: () => client.invalidateQueries({ queryKey: scanKeys.all }),
  });
  return { upload, sentBytes, stop: () => stopping.current?.abort() };
}
