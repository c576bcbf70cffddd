import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  key: string;
  cert: string;
}

export interface Authority {
  /** Path of the authority's own certificate. */
  caFile: string;
  /** A server certificate that is valid from and until so many days from now. */
  issue(name: string, fromDays: number, untilDays: number): Certificate;
}

const at = (days: number) =>
  new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(0, 14).concat('Z');

/** For tests: an own certificate authority made with openssl. @returns null where there is no openssl */
export function openAuthority(): Authority | null {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-ca-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  try {
    openssl('version');
  } catch {
    return null;
  }
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Bulwark test authority',
    '-days',
    '30',
  );
  writeFileSync(file('index'), '');
  writeFileSync(
    file('ca.cnf'),
    `[ca]\ndefault_ca = own\n[own]\nnew_certs_dir = ${folder}\ndatabase = index\nrand_serial = yes\ndefault_md = sha256\nunique_subject = no\npolicy = any\ncopy_extensions = copy\n[any]\ncommonName = supplied\n`,
  );
  let issued = 0;
  return {
    caFile: file('ca.pem'),
    issue(name, fromDays, untilDays) {
      const [key, request, cert] = ['key', 'csr', 'pem'].map((kind) => `${++issued}.${kind}`) as [
        string,
        string,
        string,
      ];
      openssl(
        'req',
        ...ec,
        '-keyout',
        key,
        '-out',
        request,
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=DNS:${name}`,
      );
      openssl(
        'ca',
        '-batch',
        '-config',
        'ca.cnf',
        '-cert',
        'ca.pem',
        '-keyfile',
        'ca.key',
        '-in',
        request,
        '-out',
        cert,
        '-notext',
        '-startdate',
        at(fromDays),
        '-enddate',
        at(untilDays),
      );
      return { key: readFileSync(file(key), 'utf8'), cert: readFileSync(file(cert), 'utf8') };
    },
  };
}
