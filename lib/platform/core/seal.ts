import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type Env, getEnv } from '@/lib/platform/core/env/env';
import { AppError } from './errors';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1[.]([a-z0-9_-]{1,16})[.]([A-Za-z0-9_-]+)$/;

type Keys = Pick<Env, 'encryptionKey' | 'encryptionKeysRetired'>;

const keyOf = (value: string) => Buffer.from(hkdfSync('sha256', value, '', 'bulwark seal v1', 32));

/**
 * Encrypts a text for keeping: AES-256-GCM under ENCRYPTION_KEY, as `v1.<key id>.<iv, text and tag in base64url>`.
 * @param place where it is kept, for example `channel:<id>:secret`; it opens nowhere else
 * @throws AppError `unprocessable` where no key is configured
 */
export function seal(text: string, place: string, { encryptionKey }: Keys = getEnv()): string {
  if (!encryptionKey) {
    throw new AppError(
      'unprocessable',
      'Could not store the secret because ENCRYPTION_KEY is not set. Set it and restart Bulwark.',
    );
  }
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(encryptionKey.value), iv).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1.${encryptionKey.id}.${sealed.toString('base64url')}`;
}

/** Decrypts what `seal` made for the same place. @throws Error where the key is gone or the text was changed */
export function unseal(
  sealed: string,
  place: string,
  { encryptionKey, encryptionKeysRetired }: Keys = getEnv(),
): string {
  const [, id, body] = FORM.exec(sealed) ?? [];
  const key = [encryptionKey, ...encryptionKeysRetired].find((each) => each?.id === id);
  if (!body || !key) {
    throw new Error(`A stored secret is encrypted under "${id ?? '?'}", which is not configured.`);
  }
  const bytes = Buffer.from(body, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw new Error('A stored secret is damaged.');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(key.value), bytes.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
  return Buffer.concat(text).toString('utf8');
}
