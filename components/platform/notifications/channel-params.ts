import { parseAsStringLiteral } from 'nuqs/server';
import type { ChannelDto } from '@/lib/platform/notifications/contract';

/** What the page of channels keeps in the URL; the same parser works on the server. */
export const channelParsers = { show: parseAsStringLiteral(['broken']) };

/** It failed since it last delivered; Bulwark turned it off, or will. */
export const isBroken = ({ failingSince }: ChannelDto): boolean => failingSince !== null;

/** The channels that do not deliver, or all. */
export function shownChannels(channels: readonly ChannelDto[], show: 'broken' | null): ChannelDto[] {
  return channels.filter((channel) => show === null || isBroken(channel));
}
