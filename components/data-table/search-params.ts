import { parseAsArrayOf, parseAsBoolean, parseAsString } from 'nuqs/server';

/** What every list keeps in the URL; the same parsers work on the server (`createLoader`). */
export const dataViewParsers = {
  from: parseAsString,
  to: parseAsString,
  q: parseAsString.withDefault(''),
  sort: parseAsString,
  open: parseAsString,
  hide: parseAsArrayOf(parseAsString),
  live: parseAsBoolean.withDefault(false),
};
