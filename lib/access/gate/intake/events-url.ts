import { EVENT_KINDS, EVENTS_PATH, type EventKind } from '@/lib/access/gate/intake-contract';

/** A URL of the intake. */
export interface EventsUrl {
  kind: EventKind;
  /** What stands behind the kind; null where nothing does. */
  token: string | null;
  isStrict: boolean;
}

const STRICT = 'strict=1';

/** @returns null where the URL is none of the intake's; its text is never repeated, since it may hold a token */
export function readEventsUrl(url: string): EventsUrl | null {
  if (!url.startsWith(EVENTS_PATH)) return null;
  const [path = '', query, ...more] = url.slice(EVENTS_PATH.length).split('?');
  if (more.length > 0 || (query !== undefined && query !== '' && query !== STRICT)) return null;
  const [name, token, ...rest] = path.split('/');
  const kind = EVENT_KINDS.find((known) => known === name);
  if (!kind || rest.length > 0) return null;
  return { kind, token: token === undefined || token === '' ? null : token, isStrict: query === STRICT };
}
