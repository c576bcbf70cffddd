import { CHECKSUM_LENGTH, randomBase62, withChecksum, withoutChecksum } from './base62';

/**
 * `bws_<id><secret><crc32>`: the token of an event source. It stands in a URL, since Falco sends no headers, so it is
 * another kind of credential than a key: it opens nothing but the intake of its one source.
 */
const PREFIX = 'bws_';
const ID_LENGTH = 16;
const SECRET_LENGTH = 32;
export const SOURCE_TOKEN_LENGTH = PREFIX.length + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
const SHAPE = /^bws_[0-9A-Za-z]{54}$/;

export interface NewSourceToken {
  /** The whole token: shown once, never stored. */
  token: string;
  publicId: string;
  last4: string;
}

export function generateSourceToken(): NewSourceToken {
  const publicId = randomBase62(ID_LENGTH);
  const token = withChecksum(PREFIX + publicId + randomBase62(SECRET_LENGTH));
  return { token, publicId, last4: token.slice(-4) };
}

/** The public id inside a token, without any look-up; `null` where shape or checksum is wrong. */
export function parseSourceToken(token: string): string | null {
  if (token.length !== SOURCE_TOKEN_LENGTH || !SHAPE.test(token) || withoutChecksum(token) === null)
    return null;
  return token.slice(PREFIX.length, PREFIX.length + ID_LENGTH);
}

/** What may be shown of a token beside its last four characters. */
export const displaySourceToken = (publicId: string): string => PREFIX + publicId.slice(0, 4);
