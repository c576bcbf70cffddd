import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@/lib/platform/core/atomic-file';

/** Where one key's secret lies on the host of its service. */
export interface SecretTarget {
  label: string;
  read(): Promise<string>;
  /** Replaces the secret so that a reader finds the old one or the new one, never a part. */
  write(secret: string): Promise<void>;
}

/** A file that holds the secret and nothing else. */
export function fileTarget(path: string): SecretTarget {
  return {
    label: path,
    read: async () => (await readFile(path, 'utf8')).trim(),
    write: (secret) => writeFileAtomic(path, `${secret}\n`),
  };
}

const lineOf = (name: string) => new RegExp(`^((?:export\\s+)?${name}=)(["']?)(.*?)\\2[ \\t]*$`, 'm');

/** One variable of an env file; the other lines stay as they are. */
export function envTarget(path: string, name: string): SecretTarget {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`"${name}" is not the name of a variable.`);
  const found = (text: string) => {
    const match = lineOf(name).exec(text);
    if (match) return match;
    throw new Error(`${path} has no line ${name}=…`);
  };
  return {
    label: `${path} ${name}`,
    read: async () => found(await readFile(path, 'utf8'))[3] ?? '',
    async write(secret) {
      const text = await readFile(path, 'utf8');
      const [line, before = '', quote = ''] = found(text);
      await writeFileAtomic(
        path,
        text.replace(line, () => `${before}${quote}${secret}${quote}`),
      );
    },
  };
}
