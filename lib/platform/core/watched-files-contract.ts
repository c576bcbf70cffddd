import { z } from 'zod';

/** The policy files that processes read again whenever they change, and the page that shows what is in force. */
export const WATCHED_FILES = {
  'gate-routes': { label: 'Gate routes', href: '/policies/gate-routes' },
  'rate-limits': { label: 'Rate limits', href: '/policies/rate-limits' },
  checklist: { label: 'Checklist', href: '/checklist' },
  detections: { label: 'Detections', href: '/detections' },
} as const;
export type WatchedFile = keyof typeof WATCHED_FILES;
const NAMES = Object.keys(WATCHED_FILES) as [WatchedFile, ...WatchedFile[]];

export const fileProblemDto = z.object({
  line: z.number().int(),
  column: z.number().int(),
  /** Where in the document, such as `routes/2/path`; empty for the whole of it. */
  path: z.string(),
  message: z.string(),
});

/** A file as one process has it. `problems`: why its newest version is not in force; empty while it is. */
export const watchedFileDto = z.object({
  name: z.enum(NAMES),
  file: z.string(),
  /** When the version in force was read; null where none ever was. */
  loadedAt: z.iso.datetime().nullable(),
  problems: z.array(fileProblemDto),
});
export type WatchedFileDto = z.infer<typeof watchedFileDto>;

export const watchedFileListDto = z.object({ items: z.array(watchedFileDto) });
