import type { z } from 'zod';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { watchedFiles } from '@/lib/platform/core/watched-files';
import type { watchedFileListDto } from '@/lib/platform/core/watched-files-contract';

/** The policy files as the console has them; the gate says of its own in /readyz and its metrics. */
export async function listPolicyFiles(actor: Actor): Promise<z.infer<typeof watchedFileListDto>> {
  requirePermission(actor, 'settings:read');
  return { items: watchedFiles() };
}
