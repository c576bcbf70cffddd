import type { FindingDto, Severity } from '@/lib/assurance/findings/contract';
import type { ExportFindingsFormat } from '@/lib/assurance/findings/views-contract';
import { type CsvCell, csvLine } from '@/lib/platform/core/csv';
import { printableJson } from '@/lib/platform/core/http/printable-json';
import { newId } from '@/lib/platform/core/ids';

/** A finding with the package URL that its report named. */
export interface ExportedFinding {
  finding: FindingDto;
  purl: string | null;
}

/** How a file begins, what stands for each finding, and how it ends; null is left out. */
export interface ExportWriter {
  mediaType: string;
  extension: string;
  begin(): string;
  one(exported: ExportedFinding): string | null;
  between: string;
  end(): string;
}

const json = (value: unknown) => printableJson(JSON.stringify(value));

const CSV_COLUMNS: Readonly<Record<string, (exported: ExportedFinding) => CsvCell>> = {
  id: ({ finding }) => finding.id,
  severity: ({ finding }) => finding.severity,
  state: ({ finding }) => finding.status,
  rule: ({ finding }) => finding.ruleId,
  title: ({ finding }) => finding.title,
  asset: ({ finding }) => finding.asset.name,
  tool: ({ finding }) => finding.tool,
  kind: ({ finding }) => finding.kind,
  package: ({ finding }) => finding.package,
  installed_version: ({ finding }) => finding.installedVersion,
  fixed_version: ({ finding }) => finding.fixedVersion,
  package_url: ({ purl }) => purl,
  path: ({ finding }) => finding.path,
  line: ({ finding }) => finding.line,
  known_exploited: ({ finding }) => finding.isKev,
  owner: ({ finding }) => finding.owner?.name ?? null,
  open_since: ({ finding }) => finding.openedAt,
  due: ({ finding }) => finding.dueAt,
  overdue: ({ finding }) => finding.isOverdue,
  fixed: ({ finding }) => finding.fixedAt,
  first_seen: ({ finding }) => finding.firstSeenAt,
  last_seen: ({ finding }) => finding.lastSeenAt,
  decision: ({ finding }) => finding.decision.value,
  decision_reason: ({ finding }) => finding.decision.reason,
  decision_by: ({ finding }) => finding.decision.by,
  decision_until: ({ finding }) => finding.decision.until,
};

const csv: ExportWriter = {
  mediaType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  begin: () => csvLine(Object.keys(CSV_COLUMNS)),
  one: (exported) => csvLine(Object.values(CSV_COLUMNS).map((read) => read(exported))),
  between: '',
  end: () => '',
};

const ndjson: ExportWriter = {
  mediaType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  begin: () => '',
  one: ({ finding, purl }) => `${json({ ...finding, purl })}\n`,
  between: '',
  end: () => '',
};

const LEVELS: Record<Severity, string> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** Somebody decided against it: SARIF 2.1.0, 3.35. */
function suppressionsOf({ status, decision }: FindingDto) {
  if (!['accepted', 'false_positive', 'not_affected', 'suppressed'].includes(status)) return undefined;
  const justification = decision.reason ?? decision.justification;
  return [{ kind: 'external', status: 'accepted', ...(justification ? { justification } : {}) }];
}

function locationsOf({ path, line }: FindingDto) {
  if (path === null) return undefined;
  const uri = encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent);
  const region = line === null ? {} : { region: { startLine: line } };
  return [{ physicalLocation: { artifactLocation: { uri }, ...region } }];
}

function sarifResult({ finding }: ExportedFinding) {
  const { id, ruleId, severity, title, tool, kind, asset, status, isKev } = finding;
  return {
    ruleId,
    level: LEVELS[severity],
    message: { text: title },
    guid: id,
    partialFingerprints: { 'bulwarkFinding/v1': id },
    locations: locationsOf(finding),
    suppressions: suppressionsOf(finding),
    properties: {
      ...{ severity, state: status, tool, kind, asset: asset.name, knownExploited: isKev },
      ...(finding.package ? { package: finding.package, installedVersion: finding.installedVersion } : {}),
    },
  };
}

/** SARIF 2.1.0 (OASIS): one run, a result for each finding. */
const sarif: ExportWriter = {
  mediaType: 'application/sarif+json; charset=utf-8',
  extension: 'sarif',
  begin: () =>
    `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":${json(
      {
        name: 'Bulwark',
        rules: [],
      },
    )}},"invocations":[{"executionSuccessful":true}],"columnKind":"utf16CodeUnits","results":[\n`,
  one: (exported) => json(sarifResult(exported)),
  between: ',\n',
  end: () => '\n]}]}\n',
};

/** CycloneDX 1.6, "Impact analysis": what was decided, or what the scanners say where nobody decided. */
function analysisOf({ status, decision }: FindingDto) {
  const detail = decision.reason ? { detail: decision.reason } : {};
  switch (status) {
    case 'fixed':
    case 'archived':
      return { state: 'resolved', ...detail };
    case 'false_positive':
      return { state: 'false_positive', ...detail };
    case 'not_affected':
    case 'suppressed':
      return {
        state: 'not_affected',
        ...(decision.justification ? { justification: decision.justification } : {}),
        ...detail,
      };
    case 'accepted':
      return { state: 'exploitable', response: ['will_not_fix'], ...detail };
    default:
      return { state: decision.value === 'confirmed' ? 'exploitable' : 'in_triage', ...detail };
  }
}

function vexVulnerability({ finding, purl }: ExportedFinding) {
  const { id, ruleId, severity, title, package: name, installedVersion, asset } = finding;
  const ref = purl ?? (name === null ? asset.name : [name, installedVersion].filter(Boolean).join('@'));
  return {
    'bom-ref': id,
    id: ruleId,
    ratings: [{ severity }],
    description: title,
    affects: [{ ref }],
    analysis: analysisOf(finding),
    properties: [{ name: 'bulwark:asset', value: asset.name }],
  };
}

/** CycloneDX 1.6 VEX: vulnerabilities alone, with what was decided about each. */
const vex: ExportWriter = {
  mediaType: 'application/vnd.cyclonedx+json; version=1.6; charset=utf-8',
  extension: 'cdx.json',
  begin: () => {
    const metadata = {
      timestamp: new Date().toISOString(),
      tools: { components: [{ type: 'application', name: 'bulwark' }] },
    };
    return `{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:${newId()}","version":1,"metadata":${json(
      metadata,
    )},"vulnerabilities":[\n`;
  },
  one: (exported) => (exported.finding.kind === 'vulnerability' ? json(vexVulnerability(exported)) : null),
  between: ',\n',
  end: () => '\n]}\n',
};

export const EXPORT_WRITERS: Readonly<Record<ExportFindingsFormat, ExportWriter>> = {
  csv,
  ndjson,
  sarif,
  vex,
};
