import type { KeyActor, UserActor } from '@/lib/platform/auth/contract';
import type { KeySnapshot } from './key-decision';

/** A key as one look into the primary found it, by the database's clock. */
export interface FoundKey {
  snapshot: KeySnapshot;
  nowMs: number;
}

/** What every request asks of rooms that stand above this one. They implement it; `lib/processes/compose.ts` puts it here. */
export interface Doors {
  /** The key with this public id if `isProven` says so of its digest; null where there is none, or it is another secret. */
  findKey(
    publicId: string,
    isProven: (version: { digest: string; pepperId: string }) => boolean,
  ): Promise<FoundKey | null>;
  /** Whether a block of the tenant stands against the caller. */
  isBlocked(actor: UserActor | KeyActor): Promise<boolean>;
}

/** Kept on globalThis: Next loads server modules more than once. */
const holder = globalThis as typeof globalThis & { bulwarkDoors?: Doors };

export function openDoors(doors: Doors): void {
  holder.bulwarkDoors = doors;
}

/** @throws Error where nobody composed the rooms: then nothing may pass */
export function doors(): Doors {
  if (!holder.bulwarkDoors) throw new Error('The rooms are not composed: call composeRooms() first.');
  return holder.bulwarkDoors;
}
