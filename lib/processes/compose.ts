import { findKey } from '@/lib/access/api-keys/read/find-key';
import { isBlocked } from '@/lib/access/blocks/is-blocked';
import { openDoors } from '@/lib/platform/auth/credential/doors';

/** Gives rooms what they ask of rooms above them. Every process that lets anybody in calls this first. */
export function composeRooms(): void {
  openDoors({ findKey, isBlocked });
}
