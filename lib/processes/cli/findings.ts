import { open } from 'node:fs/promises';
import { refreshKev } from '@/lib/assurance/findings/refresh-kev';
import { parseJson } from '@/lib/platform/core/http/json';
import { type Command, UsageError } from './command';

const CATALOGUE_BYTES_MAX = 50 * 1024 * 1024;

async function readCatalogue(path: string): Promise<unknown> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > CATALOGUE_BYTES_MAX) throw new UsageError(`${path} is larger than 50 MB.`);
    return parseJson(await file.readFile());
  } finally {
    await file.close();
  }
}

export const findingsRefreshKev: Command = {
  name: 'findings refresh-kev',
  usage: '<file> [--tenant <slug>] [--json]',
  summary: 'Mark findings in the CISA Known Exploited Vulnerabilities (KEV) catalog',
  record: 'required',
  options: { tenant: { type: 'string' }, json: { type: 'boolean' } },
  async run({ values, positionals, actor }) {
    const [path] = positionals;
    if (!path) throw new UsageError('The file of the catalogue is missing.');
    const result = await refreshKev(actor, await readCatalogue(path));
    const line = `${result.entries} known exploited vulnerabilities loaded; ${result.findings} findings match.`;
    return { isOk: true, lines: [values.json ? JSON.stringify(result) : line] };
  },
};
