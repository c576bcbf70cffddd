'use client';

import { useQueryClient } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import type { DetectionKind } from '@/lib/response/detections/contract';
import { detectionKeys } from './detections.queries';

/** The worker reads what it is told of within moments. */
const SHOWN_AFTER_MS = [1_000, 3_000, 8_000];

/** Sends an event through everything behind the gate, so that the way from there to this page is seen to work. */
export function TestEventButton({ kind = 'falco' }: { kind?: DetectionKind }) {
  const client = useQueryClient();
  const send = useAction<DetectionKind>({
    run: (sent) => apiFetch('/detections/test-event', { method: 'POST', body: { kind: sent } }),
    refresh: [],
    done: () => {
      for (const afterMs of SHOWN_AFTER_MS)
        setTimeout(() => void client.invalidateQueries({ queryKey: detectionKeys.all }), afterMs);
      return { title: 'Test event sent. It appears in the list within seconds.' };
    },
    failed: 'Could not send the test event',
  });
  return (
    <Button variant="primary" loading={send.isPending} onClick={() => send.mutate(kind)}>
      Send a test event
    </Button>
  );
}
