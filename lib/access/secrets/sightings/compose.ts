import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { readEnvFile } from '@/lib/platform/core/plain-secrets/env-file';
import {
  type ScanOfSource,
  type Sighting,
  sight,
  sightAssignment,
  sightWords,
  UnreadableScanError,
  wordsOfCommand,
} from './sighting';

type Item = Record<string, unknown>;
type Path = (string | number)[];

const isItem = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const itemOf = (value: unknown): Item => (isItem(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
const textsOf = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : listOf(value).map(textOf);

/** A compose file with the lines of its parts; what came by a merge key has the line of the part around it. */
class ComposeFile {
  readonly body: Item;
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor(
    text: string,
    private readonly file: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, merge: true, uniqueKeys: false });
    const [broken] = this.document.errors;
    if (broken)
      throw new UnreadableScanError(`${file} is not valid YAML (line ${broken.linePos?.[0].line ?? 1}).`);
    let body: unknown;
    try {
      body = this.document.toJS({ maxAliasCount: 1000 });
    } catch {
      throw new UnreadableScanError(`${file} uses more YAML aliases than a compose file needs.`);
    }
    this.body = itemOf(body);
  }

  lineOf(path: Path): number | null {
    for (let length = path.length; length > 0; length--) {
      const node = this.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.lines.linePos(node.range[0]).line;
    }
    return null;
  }

  /** A file beside this one, or null where it is not there. */
  beside(path: string): string | null {
    try {
      return readFileSync(join(dirname(this.file), path), 'utf8');
    } catch {
      return null;
    }
  }
}

function variablesOf(compose: ComposeFile, value: unknown, path: Path, consumer: string): Sighting[] {
  const place = path.join('.');
  if (Array.isArray(value)) {
    return value.flatMap((one, i) =>
      sightAssignment(textOf(one), { place, line: compose.lineOf([...path, i]), consumer }),
    );
  }
  return Object.entries(itemOf(value)).flatMap(([name, one]) =>
    sight(name, textOf(one), { place, line: compose.lineOf([...path, name]), consumer }),
  );
}

function commandsOf(compose: ComposeFile, service: Item, path: Path, consumer: string): Sighting[] {
  const commands: [string, unknown][] = [
    ['command', service.command],
    ['entrypoint', service.entrypoint],
    ['healthcheck', itemOf(service.healthcheck).test],
  ];
  return commands.flatMap(([name, value]) => {
    const words =
      typeof value === 'string' ? wordsOfCommand(value) : listOf(value).map(textOf).flatMap(wordsOfCommand);
    const at = [...path, name];
    return sightWords(words, { place: at.join('.'), line: compose.lineOf(at), consumer });
  });
}

/** Variables of the files that a service loads. */
function envFilesOf(compose: ComposeFile, service: Item, path: Path, consumer: string): Sighting[] {
  const files = typeof service.env_file === 'string' ? [service.env_file] : listOf(service.env_file);
  return files.flatMap((one) => {
    const file = textOf(one) || textOf(itemOf(one).path);
    const text = file === '' ? null : compose.beside(file);
    if (text === null) return [];
    return readEnvFile(text).flatMap(({ name, value, line, isLiteral }) =>
      sight(name, value, { place: [...path, `env_file ${file}`].join('.'), line, consumer, isLiteral }),
    );
  });
}

function serviceSightings(compose: ComposeFile, name: string, service: Item): Sighting[] {
  const consumer = `service ${name}`;
  const path: Path = ['services', name];
  return [
    ...variablesOf(compose, service.environment, [...path, 'environment'], consumer),
    ...variablesOf(compose, itemOf(service.build).args, [...path, 'build', 'args'], `${consumer} (build)`),
    ...commandsOf(compose, service, path, consumer),
    ...envFilesOf(compose, service, path, consumer),
  ];
}

/** The services that mount a secret, by its name. */
function mountsOf(services: Item): Map<string, string[]> {
  const mounts = new Map<string, string[]>();
  for (const [service, body] of Object.entries(services)) {
    for (const one of listOf(itemOf(body).secrets)) {
      const name = textOf(one) || textOf(itemOf(one).source);
      mounts.set(name, [...(mounts.get(name) ?? []), `service ${service}`]);
    }
  }
  return mounts;
}

function secretSightings(compose: ComposeFile, secrets: Item, mounts: Map<string, string[]>): Sighting[] {
  return Object.entries(secrets).map(([name, body]) => {
    const { file, environment, external } = itemOf(body);
    const origin = textOf(file)
      ? `the file ${textOf(file)}`
      : textOf(environment)
        ? `the variable ${textOf(environment)}`
        : external
          ? 'a secret that exists outside of this file'
          : 'a secret of Docker';
    const place = `secrets.${name}`;
    const consumer = mounts.get(name)?.join(', ') ?? null;
    const value = textOf(file) ? compose.beside(textOf(file)) : null;
    return { is: 'held', name, place, line: compose.lineOf(['secrets', name]), consumer, why: origin, value };
  });
}

/** Environment, build arguments, commands, environment files and secrets of a compose file. @throws UnreadableScanError */
export function scanCompose(text: string, file: string): ScanOfSource {
  const compose = new ComposeFile(text, file);
  const { services, secrets } = compose.body;
  if (!isItem(services))
    throw new UnreadableScanError(
      `${file} has no services. Give a compose file, "docker inspect" JSON or a .env file.`,
    );
  const sightings = Object.entries(services).flatMap(([name, body]) =>
    serviceSightings(compose, name, itemOf(body)),
  );
  return {
    kind: 'compose',
    sightings: [...sightings, ...secretSightings(compose, itemOf(secrets), mountsOf(services))],
  };
}

/** The variables of an environment file on its own. */
export function scanEnvFile(text: string): ScanOfSource {
  const sightings = readEnvFile(text).flatMap(({ name, value, line, isLiteral }) =>
    sight(name, value, { place: 'env', line, isLiteral }),
  );
  return { kind: 'compose', sightings };
}

function containerSightings(container: Item): Sighting[] {
  const name = textOf(container.Name).replace(/^\//, '') || textOf(container.Id).slice(0, 12) || 'container';
  const consumer = `container ${name}`;
  const config = itemOf(container.Config);
  const spot = { place: `${name}.env`, consumer, isLiteral: true };
  const words = [...textsOf(config.Entrypoint), ...textsOf(config.Cmd)].flatMap(wordsOfCommand);
  const mounted = listOf(container.Mounts).flatMap((one): Sighting[] => {
    const target = textOf(itemOf(one).Destination);
    if (!/^\/(?:var\/)?run\/secrets\/./.test(target)) return [];
    const secret = target.split('/').at(-1) ?? target;
    const place = `${name}.mounts.${secret}`;
    return [
      { is: 'held', name: secret, place, line: null, consumer, why: `mounted at ${target}`, value: null },
    ];
  });
  return [
    ...textsOf(config.Env).flatMap((text) => sightAssignment(text, spot)),
    ...sightWords(words, { ...spot, place: `${name}.command` }),
    ...mounted,
  ];
}

/** Swarm: `docker service inspect` and `docker secret inspect`. */
function swarmSightings(item: Item): Sighting[] {
  const spec = itemOf(item.Spec);
  const name = textOf(spec.Name);
  const container = itemOf(itemOf(spec.TaskTemplate).ContainerSpec);
  if (!isItem(spec.TaskTemplate)) {
    const createdAt = textOf(item.UpdatedAt) || textOf(item.CreatedAt);
    const held = {
      is: 'held',
      name,
      place: `secret.${name}`,
      line: null,
      consumer: null,
      value: null,
    } as const;
    return [{ ...held, why: 'a secret of Docker Swarm', ...(createdAt ? { createdAt } : {}) }];
  }
  const consumer = `service ${name}`;
  const held = listOf(container.Secrets).map((one): Sighting => {
    const secret = textOf(itemOf(one).SecretName);
    const target = textOf(itemOf(itemOf(one).File).Name);
    const place = `${name}.secrets.${secret}`;
    return {
      is: 'held',
      name: secret,
      place,
      line: null,
      consumer,
      why: `mounted at ${target}`,
      value: null,
    };
  });
  const env = textsOf(container.Env).flatMap((text) =>
    sightAssignment(text, { place: `${name}.env`, consumer, isLiteral: true }),
  );
  return [...env, ...held];
}

/** The JSON of `docker inspect`, `docker service inspect` and `docker secret inspect`. @throws UnreadableScanError */
export function scanDocker(body: unknown, file: string): ScanOfSource {
  const items = listOf(body).filter(isItem);
  const isDocker = items.length > 0 && items.every((item) => isItem(item.Config) || isItem(item.Spec));
  if (!isDocker) throw new UnreadableScanError(`${file} is not the output of "docker inspect".`);
  const sightings = items.flatMap((item) =>
    isItem(item.Config) ? containerSightings(item) : swarmSightings(item),
  );
  return { kind: 'docker', sightings };
}
