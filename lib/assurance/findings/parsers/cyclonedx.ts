import type { JsonReport } from './json-report';
import {
  emptyFacts,
  entriesIn,
  type ParsedReport,
  type ReportedFinding,
  type ReportedVerdict,
  type ReportFacts,
  type ReportParser,
} from './parser';
import {
  aliasesOf,
  digestsIn,
  firstText,
  type Item,
  isItem,
  itemOf,
  itemsOf,
  optional,
  type Rating,
  ratingOf,
  referencesOf,
  resolveIds,
  TEXT_LENGTH_MAX,
  TITLE_LENGTH_MAX,
  textOf,
} from './values';

const DEPTH_MAX = 20;
const COMPONENTS_MAX = 500_000;

interface Component {
  name: string;
  version: string;
  purl: string;
}

/** `pkg:npm/%40scope/name@1.2.3?x=y` without version and qualifiers. */
function withoutVersion(purl: string): string {
  const bare = purl.split(/[?#]/, 1)[0] ?? '';
  const at = bare.lastIndexOf('@');
  return at > bare.lastIndexOf('/') ? bare.slice(0, at) : bare;
}

function addComponents(found: Map<string, Component>, item: Item, depth = 0): void {
  if (depth > DEPTH_MAX || found.size >= COMPONENTS_MAX) return;
  const group = textOf(item.group);
  const name = textOf(item.name);
  const component = {
    name: group ? `${group}/${name}` : name,
    version: textOf(item.version, 200),
    purl: textOf(item.purl),
  };
  for (const ref of [textOf(item['bom-ref']), component.purl]) if (ref !== '') found.set(ref, component);
  for (const child of itemsOf(item.components)) addComponents(found, child, depth + 1);
}

/** A reference points into this document, or with `urn:cdx:` into another; then its name is all there is. */
function componentOf(components: ReadonlyMap<string, Component>, ref: string): Component {
  const known = components.get(ref);
  if (known) return known;
  if (ref.startsWith('pkg:'))
    return { name: withoutVersion(ref).split('/').slice(1).join('/'), version: '', purl: ref };
  const name = ref.startsWith('urn:cdx:') ? ref.replace(/^urn:cdx:[^#]*#?/, '') || ref : ref;
  return components.get(name) ?? { name, version: '', purl: '' };
}

/** Sources rate differently: the one that reports the vulnerability counts, else the first that rates it. */
function ratingOfItem(item: Item): Rating {
  const source = textOf(itemOf(item.source).name);
  const ratings = itemsOf(item.ratings);
  const own = ratings.filter((rating) => source !== '' && textOf(itemOf(rating.source).name) === source);
  const rated = [...own, ...ratings]
    .map((rating) => ratingOf({ severity: rating.severity, score: rating.score, vector: rating.vector }))
    .find((rating) => !rating.isUnrated);
  return rated ?? ratingOf({});
}

const VERDICTS: Readonly<Record<string, ReportedVerdict['decision']>> = {
  exploitable: 'confirmed',
  not_affected: 'not_affected',
  false_positive: 'false_positive',
  resolved: 'not_affected',
  resolved_with_pedigree: 'not_affected',
};

interface Document {
  source: string;
  at: string | null;
}

function verdictOf(item: Item, document: Document): ReportedVerdict | null {
  const analysis = itemOf(item.analysis);
  const decision = VERDICTS[textOf(analysis.state)];
  if (!decision) return null;
  const changed = Date.parse(firstText(analysis.lastUpdated, analysis.firstIssued));
  return {
    decision,
    justification: textOf(analysis.justification, 100) || null,
    note: textOf(analysis.detail, TITLE_LENGTH_MAX) || null,
    source: document.source,
    at: Number.isFinite(changed) ? new Date(changed).toISOString() : document.at,
  };
}

function findingOf(item: Item, id: string, component: Component | null, document: Document): ReportedFinding {
  const references = itemsOf(item.references).map((one) => one.id);
  const aliases = aliasesOf(id, references);
  const verdict = verdictOf(item, document);
  const purl = component?.purl ?? '';
  return {
    kind: 'vulnerability',
    ids: resolveIds(id, aliases),
    identity: [purl === '' ? (component?.name ?? '') : withoutVersion(purl)],
    aliases,
    ...ratingOfItem(item),
    title: textOf(firstText(item.description, item.detail, id), TITLE_LENGTH_MAX).split('\n')[0] ?? id,
    ...optional('description', firstText(item.detail, item.description), TEXT_LENGTH_MAX),
    ...optional('package', component?.name),
    ...optional('installedVersion', component?.version),
    ...optional('purl', purl),
    ...optional('fixedVersion', item.recommendation, 200),
    cwes: (Array.isArray(item.cwes) ? item.cwes : []).slice(0, 10).map((cwe) => `CWE-${textOf(cwe)}`),
    references: referencesOf(itemOf(item.source).url, ...itemsOf(item.advisories).map((one) => one.url)),
    occurrences: [{ ...optional('version', component?.version) }],
    ...(verdict ? { verdict } : {}),
  };
}

/** One finding for each product or component that a vulnerability is said to affect. */
async function* findingsOf(
  report: JsonReport,
  outline: Item,
  document: Document,
  facts: ReportFacts,
): AsyncGenerator<ReportedFinding> {
  const components = new Map<string, Component>();
  for await (const { value } of report.members(outline.components))
    if (isItem(value)) addComponents(components, value);
  addComponents(components, itemOf(itemOf(outline.metadata).component));
  for await (const { value } of entriesIn(report, outline.vulnerabilities, facts)) {
    const id = textOf(value.id, 200);
    if (id === '') {
      facts.unread += 1;
      continue;
    }
    facts.read += 1;
    const refs = [...new Set(itemsOf(value.affects).map((one) => textOf(one.ref)))].filter(Boolean);
    if (refs.length === 0) yield findingOf(value, id, null, document);
    for (const ref of refs) yield findingOf(value, id, componentOf(components, ref), document);
  }
}

/** Before 1.5 the tools are a list, since then an object with components. */
function toolOf(metadata: Item): Item {
  const { tools } = metadata;
  return itemsOf(tools)[0] ?? itemsOf(itemOf(tools).components)[0] ?? {};
}

async function parse(report: JsonReport): Promise<ParsedReport> {
  const outline = itemOf(await report.outline(report.whole, cyclonedx.streamed, cyclonedx.skipped));
  const metadata = itemOf(outline.metadata);
  const tool = toolOf(metadata);
  const facts = emptyFacts(firstText(tool.name));
  facts.toolName = textOf(tool.name, 100) || null;
  facts.toolVersion = textOf(tool.version, 60) || null;
  const subject = itemOf(metadata.component);
  facts.images = digestsIn(subject.purl, subject['bom-ref'], subject.version, subject.name);
  if (outline.vulnerabilities === undefined || outline.vulnerabilities === null)
    facts.warnings.push(
      'The document lists components but no vulnerabilities, so it does not say whether anything looked for them.',
    );
  const made = Date.parse(textOf(metadata.timestamp));
  const document = {
    source: `vex:${firstText(outline.serialNumber, 'unnamed')}`,
    at: Number.isFinite(made) ? new Date(made).toISOString() : null,
  };
  return { facts, findings: findingsOf(report, outline, document, facts) };
}

/** CycloneDX JSON: an SBOM with vulnerabilities (VDR), or statements about them (VEX). */
export const cyclonedx: ReportParser = {
  tool: 'cyclonedx',
  streamed: ['vulnerabilities', 'components'],
  skipped: ['dependencies', 'services', 'compositions'],
  recognises: ({ root, sample }) => root === 'object' && sample.bomFormat === 'CycloneDX',
  parse,
};
