import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { getEnv, type LoadedSecret, loadedSecrets, type Pepper } from '@/lib/platform/core/env/env';
import { versionOf } from './secret-versions';

/** The Postgres channel on which processes say which secrets they have loaded. */
export const REPORT_CHANNEL = 'process_secrets';
const BYTES_MAX = 7_500;

/** Names this process among its replicas, for as long as it runs. */
export const instanceId: string = randomBytes(4).toString('hex');

const reportedSecret = z.strictObject({
  setting: z.string().max(80),
  version: z.string().max(120),
  source: z.enum(['file', 'environment']),
  path: z.string().max(200).nullable(),
  isReadableByOthers: z.boolean(),
});
const processReport = z.strictObject({
  process: z.string().regex(/^[a-z-]{1,20}$/),
  instance: z.string().regex(/^[0-9a-f]{8}$/),
  atMs: z.number(),
  secrets: z.array(reportedSecret).max(60),
});
export type ProcessReport = z.output<typeof processReport>;

const macKeyOf = (pepper: string) =>
  Buffer.from(hkdfSync('sha256', pepper, '', 'bulwark process report v1', 32));
const macOf = (pepper: Pepper, body: string) =>
  createHmac('sha256', macKeyOf(pepper.value)).update(body).digest('base64url');

/** Whoever only has a login of the database cannot speak for a process: the message is signed under the pepper. */
export function signMessage(body: string, pepper: Pepper): string {
  return `${pepper.id}.${macOf(pepper, body)}.${body}`;
}

/** The body of a signed message, or null where no pepper of this process signed it. */
export function openMessage(message: string, peppers: readonly Pepper[]): string | null {
  const [, id, mac = '', body = ''] =
    /^([a-z0-9_-]{1,16})[.]([A-Za-z0-9_-]{43})[.](.+)$/s.exec(message) ?? [];
  const pepper = peppers.find((one) => one.id === id);
  if (!pepper) return null;
  const expected = Buffer.from(macOf(pepper, body));
  const given = Buffer.from(mac);
  return expected.length === given.length && timingSafeEqual(expected, given) ? body : null;
}

/** Every pepper of this process, the current one first. */
export function knownPeppers(): Pepper[] {
  const { keyPepper, keyPeppersRetired } = getEnv();
  return keyPepper ? [keyPepper, ...keyPeppersRetired] : [...keyPeppersRetired];
}

/** The secrets of this process by their versions. */
async function reportOf(secrets: readonly LoadedSecret[]): Promise<ProcessReport> {
  const reported: ProcessReport['secrets'] = [];
  for (const one of secrets) {
    reported.push({
      setting: one.name,
      version: (await versionOf(one)).slice(0, 120),
      source: one.from,
      path: one.file?.path.slice(-200) ?? null,
      isReadableByOthers: one.file?.isReadableByOthers ?? false,
    });
  }
  return { process: getEnv().process, instance: instanceId, atMs: Date.now(), secrets: reported };
}

/** The signed message for the channel; null where this process has no pepper to sign with. */
export async function ownReport(): Promise<string | null> {
  const [pepper] = knownPeppers();
  if (!pepper) return null;
  const message = signMessage(JSON.stringify(await reportOf(loadedSecrets())), pepper);
  if (Buffer.byteLength(message) > BYTES_MAX)
    throw new Error('There are too many secret settings to report.');
  return message;
}

/** @returns null where the message was not signed by one of our processes, or says something else */
export function readReport(message: string): ProcessReport | null {
  const body = openMessage(message, knownPeppers());
  if (body === null) return null;
  try {
    return processReport.parse(JSON.parse(body));
  } catch {
    return null;
  }
}
