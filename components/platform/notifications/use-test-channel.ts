import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import type { ChannelDto } from '@/lib/platform/notifications/contract';
import { notificationKeys, waitForDelivery } from './notifications.queries';

/** Sends a test and waits for what comes of it: the notice says delivered, or why not. */
async function runTest({ id }: ChannelDto): Promise<void> {
  const { deliveryId } = await apiFetch<{ deliveryId: string }>(`/notifications/channels/${id}/test`, {
    method: 'POST',
  });
  const delivery = await waitForDelivery(deliveryId);
  if (!delivery)
    throw new Error('It still waits. Check that the worker is running, then open the delivery log.');
  if (delivery.state !== 'succeeded')
    throw new Error(delivery.lastError ?? 'Open the delivery log to see why.');
}

export function useTestChannel() {
  return useAction<ChannelDto>({
    run: runTest,
    refresh: [notificationKeys.channels, notificationKeys.deliveries],
    done: ({ name }) => ({ title: `The test of ${name} was delivered` }),
    failed: 'The test was not delivered',
  });
}
