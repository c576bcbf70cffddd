import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file so that a reader finds the old text or the new one, never a part, also after a power cut: a new file
 * beside it, written through to the disk, then renamed. Root leaves the file to whom it belonged.
 * @param mode permissions of the new file, 0600 unless given
 */
export async function writeFileAtomic(path: string, text: string, mode = 0o600): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    const replaced = process.getuid?.() === 0 ? await stat(path).catch(() => null) : null;
    if (replaced) await file.chown(replaced.uid, replaced.gid);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}
