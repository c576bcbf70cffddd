import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { openPassage } from './embedded-postgres.mjs';
import { canReach, postgresAccount, sharedFolder } from './postgres-binaries.mjs';
import { explainFileError, StartError } from './start-error.mjs';

/** Writes a small private file so that a crash leaves either the old text or the new. */
export function writePrivately(path, text) {
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** Makes `.bulwark/` and says in one sentence why it cannot. */
export function openDataFolder(folder) {
  try {
    mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
    const probe = join(folder, '.writable');
    writePrivately(probe, '');
    rmSync(probe);
  } catch (error) {
    throw explainFileError(error, folder);
  }
}

const random = () => randomBytes(24).toString('base64url');

function freshSecrets() {
  return {
    superuserPassword: random(),
    rolePasswords: { migrator: random(), rw: random(), ro: random(), gate: random() },
    authSecret: randomBytes(36).toString('base64url'),
    keyPepper: randomBytes(36).toString('base64url'),
    encryptionKey: randomBytes(36).toString('base64url'),
    logSigningKey: randomBytes(36).toString('base64url'),
    localIdpClientSecret: random(),
  };
}

/** The secrets of this installation: made once, kept in secrets.json (0600). */
export function keepSecrets(folder, databaseExists) {
  const path = join(folder, 'secrets.json');
  if (existsSync(path)) return withNewSecrets(path, readSecrets(path));
  if (databaseExists) {
    throw new StartError(
      `${path} is missing, but the database it belongs to exists. Without it the stored keys cannot be verified.`,
      `Put the file back from a backup, or remove ${folder} to begin again with an empty database.`,
    );
  }
  const secrets = freshSecrets();
  writePrivately(path, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** An installation from before a secret existed gets it; what it has stays. */
function withNewSecrets(path, secrets) {
  if (secrets.encryptionKey && secrets.logSigningKey) return secrets;
  const { encryptionKey, logSigningKey } = freshSecrets();
  const more = { encryptionKey, logSigningKey, ...secrets };
  writePrivately(path, `${JSON.stringify(more, null, 2)}\n`);
  return more;
}

/** The file of the log's signing key, which `bulwark audit rotate-signer` rewrites. */
export function keepLogKey(folder, secrets) {
  const path = join(folder, 'log-signing-key');
  if (!existsSync(path)) writePrivately(path, `${secrets.logSigningKey}\n`);
  return path;
}

function readSecrets(path) {
  try {
    const secrets = JSON.parse(readFileSync(path, 'utf8'));
    if (secrets.superuserPassword && secrets.rolePasswords?.gate && secrets.keyPepper) return secrets;
  } catch (error) {
    if (error.code) throw explainFileError(error, path);
  }
  throw new StartError(
    `${path} is damaged.`,
    'Put it back from a backup; it belongs to the database beside it.',
  );
}

/**
 * Where the built-in Postgres keeps its files: in the data folder, or in a shared folder when root
 * runs it as another account that may not enter there (a checkout in root's home).
 */
export function databaseFolder(folder) {
  const pointer = join(folder, 'postgres.json');
  if (existsSync(pointer)) {
    const { folder: elsewhere } = JSON.parse(readFileSync(pointer, 'utf8'));
    if (existsSync(elsewhere)) return elsewhere;
    throw new StartError(
      `The database of this installation is gone: ${elsewhere} does not exist.`,
      `Put it back from a backup, or remove ${folder} to begin again with an empty database.`,
    );
  }
  const inside = join(folder, 'postgres');
  const account = postgresAccount();
  if (!account || existsSync(join(inside, 'data'))) return prepare(inside);
  openPassage(folder);
  if (canReach(prepare(inside), account)) return inside;
  rmdirSync(inside);
  const elsewhere = sharedFolder('data');
  writePrivately(
    pointer,
    `${JSON.stringify({ folder: elsewhere, why: 'the account postgres cannot enter this checkout' })}\n`,
  );
  return prepare(elsewhere);
}

function prepare(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  openPassage(folder);
  return folder;
}

export const resolveDataFolder = (root, name) => resolve(root, name);
