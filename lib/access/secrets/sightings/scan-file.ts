import { basename } from 'node:path';
import { scanCompose, scanDocker, scanEnvFile } from './compose';
import { scanKubernetes } from './kubernetes';
import { scanEnvironment } from './process-environment';
import { type ScanOfSource, type Sighting, UnreadableScanError } from './sighting';

export type ScanCommand = 'scan-compose' | 'scan-k8s' | 'scan-proc';

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableScanError(`${file} is not valid JSON.`);
  }
}

function scanOf(command: ScanCommand, text: string, file: string): ScanOfSource {
  if (command === 'scan-k8s') return scanKubernetes(text, file);
  if (command === 'scan-proc') return scanEnvironment(text, file);
  if (/^[.]?env\b|[.]env(?:[.][\w-]+)?$/.test(basename(file))) return scanEnvFile(text);
  return /^\s*\[/.test(text) ? scanDocker(jsonOf(text, file), file) : scanCompose(text, file);
}

const KUBERNETES_SECRET = /^secret ([^/]+)(?:\/(.+))?$/;

/** `default/deployment/shop.web.env.TOKEN` reads secrets of its own namespace only. */
function secretPlacesOf({ why, place }: Sighting, held: readonly Sighting[]): string[] {
  const [, secret, key] = KUBERNETES_SECRET.exec(why) ?? [];
  if (!secret) return [];
  const home = `${place.split('/')[0]}/secret/${secret}`;
  if (key) return [`${home}.${key}`];
  const known = held.filter((one) => one.place.startsWith(`${home}.`)).map((one) => one.place);
  return known.length > 0 ? known : [home];
}

export interface SourceScan {
  kind: ScanOfSource['kind'];
  /** Written out. */
  plain: Sighting[];
  /** Kept by Docker or Kubernetes; with who mounts or names them. */
  held: (Sighting & { consumers: string[] })[];
  /** What stands elsewhere and is read from there. */
  references: number;
}

/** Joins what Kubernetes keeps with the workloads that read it; a secret that is only named is known by its name. */
function joinConsumers(sightings: readonly Sighting[]): SourceScan['held'] {
  const held = sightings.filter(({ is }) => is === 'held');
  const joined = new Map(
    held.map((one) => [one.place, { ...one, consumers: one.consumer ? one.consumer.split(', ') : [] }]),
  );
  for (const one of sightings) {
    if (one.is !== 'reference') continue;
    for (const place of secretPlacesOf(one, held)) {
      const name = place.split('.').at(-1) ?? place;
      const known = joined.get(place) ?? {
        ...one,
        is: 'held',
        name,
        place,
        why: 'a secret of Kubernetes',
        consumers: [],
      };
      if (one.consumer && !known.consumers.includes(one.consumer)) known.consumers.push(one.consumer);
      joined.set(place, known);
    }
  }
  return [...joined.values()];
}

/** Two variables of one name in one place (a process list, a repeated key) are told apart by their number. */
function distinct<S extends Sighting>(sightings: readonly S[]): S[] {
  const seen = new Map<string, number>();
  return sightings.map((one) => {
    const times = (seen.get(one.place) ?? 0) + 1;
    seen.set(one.place, times);
    return times === 1 ? one : { ...one, place: `${one.place}#${times}` };
  });
}

/** What one file holds. Values are in the answer and nowhere else. @throws UnreadableScanError */
export function scanFile(command: ScanCommand, text: string, file: string): SourceScan {
  const { kind, sightings } = scanOf(command, text, file);
  return {
    kind,
    plain: distinct(sightings.filter(({ is }) => is === 'plain')),
    held: distinct(joinConsumers(sightings)),
    references: sightings.filter(({ is }) => is === 'reference').length,
  };
}
