import { openApiDocument } from './document';

const NOWHERE = { consoleUrl: 'http://localhost', gateUrl: 'http://localhost', isHttps: false };
const VERBS: readonly string[] = ['get', 'post', 'put', 'patch', 'delete'];

interface Template {
  segments: readonly string[];
  methods: readonly string[];
}

/** By the number of segments; within one number those with the fewest parameters first. */
function readTemplates(): Map<number, Template[]> {
  const templates = new Map<number, Template[]>();
  const { paths } = openApiDocument(NOWHERE);
  for (const [path, item] of Object.entries(paths ?? {})) {
    if (!path.startsWith('/api/')) continue;
    const segments = path.split('/');
    const methods = Object.keys(item ?? {}).filter((name) => VERBS.includes(name));
    const template = { segments, methods: methods.map((name) => name.toUpperCase()) };
    templates.set(segments.length, [...(templates.get(segments.length) ?? []), template]);
  }
  const parameters = ({ segments }: Template) => segments.filter((name) => name.startsWith('{')).length;
  for (const list of templates.values()) list.sort((a, b) => parameters(a) - parameters(b));
  return templates;
}

let known: Map<number, Template[]> | undefined;

/** The methods of a path of the management API, as its own description has them; null where it has no such path. */
export function methodsOfPath(path: string): readonly string[] | null {
  known ??= readTemplates();
  const asked = path.split('/');
  const fits = ({ segments }: Template) =>
    segments.every((name, i) => name.startsWith('{') || name === asked[i]);
  return known.get(asked.length)?.find(fits)?.methods ?? null;
}
