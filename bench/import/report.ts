import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const TEXT =
  'A flaw was found in the way the parser handles deeply nested input, which lets a remote attacker exhaust the memory of the process with a small request. Versions before the fixed one are affected; the maintainers advise to update. ';

/** One vulnerability as Trivy writes it, about 800 bytes; `round` changes what the scanner says of every hundredth. */
function vulnerability(i: number, round: number): object {
  const isChanged = round > 0 && i % 100 === 0;
  const name = `package-${i % 4_000}`;
  return {
    VulnerabilityID: `CVE-20${10 + (i % 15)}-${10_000 + i}`,
    PkgID: `${name}@1.0.${i % 9}`,
    PkgName: name,
    PkgIdentifier: { PURL: `pkg:npm/${name}@1.0.${i % 9}` },
    InstalledVersion: isChanged ? '2.0.0' : `1.0.${i % 9}`,
    FixedVersion: '3.1.4',
    Status: 'fixed',
    SeveritySource: 'nvd',
    PrimaryURL: `https://avd.aquasec.com/nvd/cve-${10_000 + i}`,
    Title: `${name}: denial of service through nested input`,
    Description: TEXT,
    Severity: ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'][i % 4],
    CweIDs: ['CWE-400'],
    CVSS: { nvd: { V3Vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', V3Score: 7.5 } },
    References: [`https://example.org/advisories/${10_000 + i}`],
  };
}

/** Writes a Trivy report of one lock file with so many findings. */
export async function writeReport(path: string, count: number, round = 0): Promise<void> {
  const file = createWriteStream(path);
  file.write(
    '{"SchemaVersion":2,"ArtifactName":"bench","Results":[{"Target":"package-lock.json","Class":"lang-pkgs","Type":"npm","Vulnerabilities":[',
  );
  for (let i = 0; i < count; i++) {
    const text = `${i === 0 ? '' : ','}${JSON.stringify(vulnerability(i, round))}`;
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end(']}]}');
  await once(file, 'close');
}
