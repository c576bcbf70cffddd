import type { Severity } from '@/lib/assurance/findings/contract';
import type { Occurrence } from './parser';
import {
  firstText,
  type Item,
  isItem,
  itemOf,
  itemsOf,
  lineOf,
  listOf,
  numberOf,
  severityOf,
  severityOfScore,
  TEXT_LENGTH_MAX,
  textOf,
  withoutTag,
} from './values';

const RULES_MAX = 25_000;
const LOCATIONS_MAX = 1_000;
const ARGUMENTS_MAX = 50;

/** Where build machines check sources out; the same file has another root on the next machine. */
const CHECKOUT_ROOTS = [
  /^\/github\/workspace\//,
  /^\/home\/runner\/work\/[^/]+\/[^/]+\//,
  /^\/builds\/[^/]+\/[^/]+\//,
  /^\/(?:var\/lib\/jenkins|home\/jenkins)(?:\/agent)?\/workspace\/[^/]+\//,
  /^[A-Za-z]:\/a\/[^/]+\/[^/]+\//,
];

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** A path below the checkout where its root is known: without scheme and percent signs, in the letters it has. */
export function pathOfUri(uri: string, roots: readonly string[] = []): string {
  let path = decoded(uri)
    .replaceAll('\\', '/')
    .replace(/^file:\/\/(?:localhost(?=\/))?/i, '')
    .replace(/^\/{2,}/, '/');
  path = path.replace(/^\/(?=[A-Za-z]:\/)/, '');
  for (const root of roots)
    if (root !== '' && path.startsWith(root)) return path.slice(root.length).replace(/^\/+/, '');
  for (const root of CHECKOUT_ROOTS) path = path.replace(root, '');
  return textOf(path.replace(/^(?:\.\/)+/, ''));
}

interface Rule {
  id: string;
  item: Item;
}

/** One run's rules, artifacts and settings, looked up by its results. */
export class SarifRun {
  readonly driver: string;
  readonly warnings: string[] = [];
  private readonly rules: Map<string, Rule>;
  private readonly components: readonly (readonly Item[])[];
  private readonly roots: readonly string[];
  private readonly overrides: ReadonlyMap<string, string>;
  private readonly artifacts: readonly Item[];
  private readonly image: string;

  constructor(readonly run: Item) {
    const tool = itemOf(run.tool);
    const driver = itemOf(tool.driver);
    this.driver = textOf(driver.name, 200) || 'unnamed tool';
    this.components = [driver, ...itemsOf(tool.extensions)].map((one) => itemsOf(one.rules));
    const rules = this.components.flat();
    if (rules.length > RULES_MAX)
      this.warnings.push(`Only the first ${RULES_MAX} of ${rules.length} rules were read.`);
    this.rules = new Map(
      rules.slice(0, RULES_MAX).map((item) => [textOf(item.id), { id: textOf(item.id), item }]),
    );
    this.artifacts = itemsOf(run.artifacts);
    this.image = textOf(itemOf(run.properties).imageName);
    this.roots = Object.values(itemOf(run.originalUriBaseIds))
      .map((base) => pathOfUri(textOf(itemOf(base).uri)))
      .sort((a, b) => b.length - a.length);
    this.overrides = new Map(
      itemsOf(run.invocations)
        .flatMap((invocation) => itemsOf(invocation.ruleConfigurationOverrides))
        .map((one) => [textOf(itemOf(one.descriptor).id), textOf(itemOf(one.configuration).level)]),
    );
  }

  /** Why what this run lacks is not gone: it failed, or could not analyze everything. Empty: it ended well. */
  get gaps(): string[] {
    const gaps = new Set<string>();
    for (const invocation of itemsOf(this.run.invocations)) {
      const notes = [
        invocation.toolExecutionNotifications,
        invocation.toolConfigurationNotifications,
      ].flatMap(itemsOf);
      const said = notes.filter(isGap).map((note) => this.saidBy(note));
      for (const one of said) gaps.add(one);
      const hasFailed =
        invocation.executionSuccessful === false ||
        textOf(invocation.exitSignalName) !== '' ||
        textOf(invocation.processStartFailureMessage) !== '';
      if (hasFailed && said.length === 0) {
        const why = firstText(
          invocation.processStartFailureMessage,
          invocation.exitCodeDescription,
          invocation.exitSignalName,
        );
        gaps.add(why || 'executionSuccessful is false');
      }
    }
    return [...gaps];
  }

  /** Options of the command that leave results out, by severity, path or rule. Nothing else of it: it may hold a token. */
  get filters(): string[] {
    return itemsOf(this.run.invocations).flatMap((invocation) => {
      const line = firstText(invocation.commandLine) || listOf(invocation.arguments).map(String).join(' ');
      return [...textOf(line, 4_000).matchAll(FILTER)].map(([option]) => option.replace(/[= ]+/, ' ').trim());
    });
  }

  private saidBy(note: Item): string {
    const words = textOf(
      firstText(itemOf(note.message).text, itemOf(note.message).markdown, itemOf(note.descriptor).id),
      200,
    );
    const place = itemOf(itemOf(itemsOf(note.locations)[0]).physicalLocation);
    const path = pathOfUri(this.uriOf(itemOf(place.artifactLocation)), this.roots);
    const line = words.split('\n', 1)[0] || 'an error without a message';
    return path !== '' && !line.includes(path) ? `${line} (${path})` : line;
  }

  /** The rule of a result: by id (also the part before a slash), by index, in the driver or an extension. */
  ruleOf(result: Item): Rule {
    const reference = itemOf(result.rule);
    const index = numberOf(result.ruleIndex ?? reference.index);
    const component = numberOf(itemOf(reference.toolComponent).index);
    const list = this.components[component === undefined ? 0 : component + 1] ?? [];
    const byIndex = index === undefined ? undefined : list[index];
    const id = firstText(result.ruleId, reference.id, byIndex?.id) || 'unnamed-rule';
    const known = this.rules.get(id) ?? this.rules.get(id.split('/')[0] ?? '');
    return { id, item: byIndex ?? known?.item ?? {} };
  }

  messageOf(result: Item, rule: Rule): string {
    const message = itemOf(result.message);
    const named = itemOf(itemOf(rule.item.messageStrings)[textOf(message.id)]);
    const template = textOf(firstText(message.text, named.text, message.markdown), TEXT_LENGTH_MAX);
    const given = listOf(message.arguments).slice(0, ARGUMENTS_MAX);
    return textOf(
      template.replaceAll(/\{(\d{1,2})\}/g, (whole, index) => textOf(given[Number(index)]) || whole),
      TEXT_LENGTH_MAX,
    );
  }

  private levelOf(result: Item, rule: Rule): string {
    const given = textOf(result.level);
    if (given !== '') return given;
    const override = this.overrides.get(rule.id) ?? this.overrides.get(rule.id.split('/')[0] ?? '');
    return override || textOf(itemOf(rule.item.defaultConfiguration).level) || 'warning';
  }

  /** A security score says more than a level; level: result, then the invocation's override, then the rule, then warning. */
  severityOf(result: Item, rule: Rule): { severity: Severity; cvssScore?: number } {
    for (const given of [result, rule.item].map((one) => itemOf(one.properties)['security-severity'])) {
      const score = numberOf(given);
      const scored = severityOfScore(score);
      if (scored && score !== undefined) return { severity: scored, cvssScore: Math.round(score * 10) / 10 };
      const word = severityOf(given);
      if (word) return { severity: word };
    }
    const named = severityOf(itemOf(rule.item.properties).severity);
    return { severity: severityOf(this.levelOf(result, rule)) ?? named ?? 'medium' };
  }

  private uriOf(location: Item): string {
    const index = numberOf(location.index);
    const byIndex = index === undefined ? undefined : itemOf(this.artifacts[index]?.location);
    return firstText(location.uri, byIndex?.uri);
  }

  /** Trivy and others name the image as the file; its tag and digest change with every build. */
  private pathOf(location: Item): string {
    const path = pathOfUri(this.uriOf(location), this.roots);
    if (this.image === '' || !path.startsWith(this.image)) return path;
    const rest = path.slice(this.image.length);
    return rest === '' || rest.startsWith('/') || rest.startsWith(' ') ? withoutTag(this.image) + rest : path;
  }

  placesOf(result: Item): Occurrence[] {
    const places: Occurrence[] = [];
    for (const location of itemsOf(result.locations).slice(0, LOCATIONS_MAX)) {
      const physical = itemOf(location.physicalLocation);
      const region = itemOf(physical.region);
      const path = this.pathOf(itemOf(physical.artifactLocation));
      const logical = itemsOf(location.logicalLocations).map((one) =>
        firstText(one.fullyQualifiedName, one.name),
      )[0];
      const line = lineOf(region.startLine);
      const endLine = lineOf(region.endLine);
      if (path === '' && !logical && line === undefined) continue;
      places.push({
        ...(path || logical ? { path: path || logical || '' } : {}),
        ...(line === undefined ? {} : { line }),
        ...(endLine === undefined || endLine === line ? {} : { endLine }),
      });
    }
    return places;
  }

  snippetOf(result: Item): string {
    const region = itemOf(itemOf(itemOf(itemsOf(result.locations)[0]).physicalLocation).region);
    const { text } = itemOf(region.snippet);
    return typeof text === 'string' ? text : '';
  }
}

const FILTER =
  /(?<=^|\s)--?(?:min(?:imum)?-?severity|severity(?:-threshold)?|level|exclude[\w-]*|skip[\w-]*|ignore[\w-]*|include[\w-]*|only[\w-]*|rules?|checks?|tests?)(?:[= ][\w./*,:@-]{1,100})?(?=\s|$)/gi;

/** Tools differ in the level at which they say that a file was not analyzed; Semgrep warns. */
const NOT_ANALYZED =
  /syntax ?error|parse ?error|partial ?pars|(?:could not|cannot|can't|unable to|failed to) (?:be )?(?:pars|analy|read|load|scan|process)|unpars[ei]|timed? ?out|out of memory|internal ?(?:matching )?error|fatal|exception|not (?:been )?(?:analy|scann|pars)|too many matches/i;

function isGap(note: Item): boolean {
  const level = textOf(note.level).toLowerCase();
  if (level === 'error') return true;
  if (level === 'note' || level === 'none') return false;
  const words = firstText(itemOf(note.message).text, itemOf(note.message).markdown);
  return NOT_ANALYZED.test(`${textOf(itemOf(note.descriptor).id)} ${words}`);
}

const KINDS = new Set(['', 'fail', 'pass', 'open', 'review', 'informational', 'notapplicable']);

/** Whether a result says anything that a person could act on, and in words that the standard has. */
export function isReadable(result: unknown): result is Item {
  if (!isItem(result) || !KINDS.has(textOf(result.kind).toLowerCase())) return false;
  const { message } = result;
  const isNamed =
    firstText(result.ruleId, itemOf(result.rule).id) !== '' ||
    numberOf(result.ruleIndex ?? itemOf(result.rule).index) !== undefined;
  return isNamed || isItem(message) || 'locations' in result;
}

/** Results that say something is wrong now: not passed or open checks, not what a baseline says is gone. */
export function isFailing(result: unknown): result is Item {
  if (!isItem(result)) return false;
  const kind = textOf(result.kind).toLowerCase();
  return (kind === '' || kind === 'fail') && textOf(result.baselineState).toLowerCase() !== 'absent';
}

/** Set aside in the source or by the tool, and not refused afterwards. */
export function suppressionOf(result: Item): string | null {
  const active = itemsOf(result.suppressions).filter((one) => textOf(one.status) !== 'rejected');
  if (active.length === 0) return null;
  return firstText(...active.map((one) => one.justification)) || textOf(active[0]?.kind) || 'suppressed';
}
