import { parseAllDocuments } from 'yaml';
import {
  type ScanOfSource,
  type Sighting,
  sight,
  sightWords,
  UnreadableScanError,
  wordsOfCommand,
} from './sighting';

type Item = Record<string, unknown>;

const isItem = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const itemOf = (value: unknown): Item => (isItem(value) ? value : {});
const itemsOf = (value: unknown): Item[] => (Array.isArray(value) ? value.filter(isItem) : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(textOf) : []);

const RESOURCES_MAX = 50_000;

/** The resources of a file: one, a `List`, or several YAML documents. @throws UnreadableScanError */
function resourcesOf(text: string, file: string): Item[] {
  let bodies: unknown[];
  try {
    bodies = /^\s*[[{]/.test(text)
      ? [JSON.parse(text)]
      : parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: 1000 }));
  } catch {
    throw new UnreadableScanError(
      `${file} is neither JSON nor YAML. Give the output of "kubectl get … -o json".`,
    );
  }
  const resources = bodies.flatMap((body) => {
    const item = itemOf(body);
    return /List$/.test(textOf(item.kind)) ? itemsOf(item.items) : isItem(body) ? [item] : itemsOf(body);
  });
  if (resources.length === 0 || resources.some(({ kind }) => textOf(kind) === ''))
    throw new UnreadableScanError(
      `${file} holds no Kubernetes resource. Give the output of "kubectl get … -o json".`,
    );
  if (resources.length > RESOURCES_MAX)
    throw new UnreadableScanError(
      `${file} holds more than ${RESOURCES_MAX.toLocaleString('en')} resources. Split it.`,
    );
  return resources;
}

/** The pod of a workload, wherever its kind keeps it. */
function podOf(resource: Item): Item | null {
  const spec = itemOf(resource.spec);
  const job = itemOf(itemOf(spec.jobTemplate).spec);
  const template = itemOf((isItem(job.template) ? job : spec).template);
  const pod = resource.kind === 'Pod' ? spec : itemOf(template.spec);
  return itemsOf(pod.containers).length > 0 ? pod : null;
}

const reference = (name: string, place: string, consumer: string, why: string): Sighting => ({
  is: 'reference',
  name,
  place,
  line: null,
  consumer,
  why,
  value: null,
});

function variableOf(one: Item, place: string, consumer: string): Sighting[] {
  const name = textOf(one.name);
  const { secretKeyRef } = itemOf(one.valueFrom);
  if (isItem(secretKeyRef))
    return [
      reference(
        name,
        `${place}.${name}`,
        consumer,
        `secret ${textOf(secretKeyRef.name)}/${textOf(secretKeyRef.key)}`,
      ),
    ];
  return sight(name, textOf(one.value), { place, consumer });
}

function containerSightings(container: Item, home: string): Sighting[] {
  const name = textOf(container.name);
  const place = `${home}.${name}`;
  const consumer = `${home} (${name})`;
  const whole = itemsOf(container.envFrom).flatMap(({ secretRef }) => {
    const secret = textOf(itemOf(secretRef).name);
    return secret === ''
      ? []
      : [reference(secret, `${place}.envFrom.${secret}`, consumer, `secret ${secret}`)];
  });
  const words = [...textsOf(container.command), ...textsOf(container.args)].flatMap(wordsOfCommand);
  return [
    ...itemsOf(container.env).flatMap((one) => variableOf(one, `${place}.env`, consumer)),
    ...whole,
    ...sightWords(words, { place: `${place}.args`, consumer }),
  ];
}

function mountedSecrets(pod: Item, home: string): Sighting[] {
  return itemsOf(pod.volumes).flatMap((volume) => {
    const sources = [volume, ...itemsOf(itemOf(volume.projected).sources)];
    return sources.flatMap(({ secret }) => {
      const name = textOf(itemOf(secret).secretName) || textOf(itemOf(secret).name);
      return name === '' ? [] : [reference(name, `${home}.volumes.${name}`, home, `secret ${name}`)];
    });
  });
}

/** A Secret keeps its data in base64; its keys are told apart, its own age is that of the object. */
function secretSightings(resource: Item, home: string): Sighting[] {
  if (/^kubernetes\.io\/service-account-token$|^helm\.sh\//.test(textOf(resource.type))) return [];
  const createdAt = textOf(itemOf(resource.metadata).creationTimestamp);
  const values: [string, string][] = [
    ...Object.entries(itemOf(resource.data)).map(([key, value]): [string, string] => [
      key,
      Buffer.from(textOf(value), 'base64').toString('utf8'),
    ]),
    ...Object.entries(itemOf(resource.stringData)).map(([key, value]): [string, string] => [
      key,
      textOf(value),
    ]),
  ];
  return values.map(([key, value]) => ({
    is: 'held',
    name: key,
    place: `${home}.${key}`,
    line: null,
    consumer: null,
    why: 'a secret of Kubernetes',
    value,
    ...(createdAt ? { createdAt } : {}),
  }));
}

function configSightings(resource: Item, home: string): Sighting[] {
  return Object.entries(itemOf(resource.data)).flatMap(([key, value]) =>
    sight(key, textOf(value), { place: home, isLiteral: true }),
  );
}

function sightingsOf(resource: Item): Sighting[] {
  const { name, namespace } = itemOf(resource.metadata);
  const home = `${textOf(namespace) || 'default'}/${textOf(resource.kind).toLowerCase()}/${textOf(name)}`;
  if (resource.kind === 'Secret') return secretSightings(resource, home);
  if (resource.kind === 'ConfigMap') return configSightings(resource, home);
  const pod = podOf(resource);
  if (!pod) return [];
  const containers = [pod.initContainers, pod.containers, pod.ephemeralContainers].flatMap(itemsOf);
  return [...containers.flatMap((one) => containerSightings(one, home)), ...mountedSecrets(pod, home)];
}

/** Workloads, config maps and secrets of Kubernetes as `kubectl get -o json|yaml` writes them. @throws UnreadableScanError */
export function scanKubernetes(text: string, file: string): ScanOfSource {
  return { kind: 'kubernetes', sightings: resourcesOf(text, file).flatMap(sightingsOf) };
}
