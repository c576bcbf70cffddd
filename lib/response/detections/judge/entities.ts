import { isIP } from 'node:net';
import type { EntityType } from '@/lib/response/detections/contract';
import type { AlertEpisode } from '@/lib/response/detections/parse/alertmanager-message';
import type { FalcoEvent } from '@/lib/response/detections/parse/falco-event';
import { scalarOf, storableText } from '@/lib/response/detections/parse/fields';

/** Something that an event names and another event, key or session may name as well. */
export interface Entity {
  type: EntityType;
  value: string;
}

const VALUE_MAX = 300;
const ENTITIES_MAX = 24;

const ADDRESS_FIELDS = ['fd.sip', 'fd.cip', 'fd.rip', 'fd.lip', 'ka.sourceips'];
const FIELDS: readonly [field: string, type: EntityType][] = [
  ['container.id', 'container'],
  ['container.image.digest', 'image_digest'],
  ['user.name', 'account'],
  ['ka.user.name', 'account'],
  ['proc.exe_sha256', 'file_hash'],
  ['proc.hash.sha256', 'file_hash'],
  ['fd.sip.name', 'domain'],
  ['fd.rip.name', 'domain'],
];
const ON_HOST = 'host';
/** `192.0.2.1:39526->10.100.0.1:443`, as Falco writes a connection. */
const CONNECTION = /^\[?([0-9a-fA-F.:]+?)\]?:\d+->\[?([0-9a-fA-F.:]+?)\]?:\d+$/;

/** An address that can be told apart from others: no loopback, no "any". */
function addressOf(text: string | null): string | null {
  if (text === null) return null;
  const plain = text.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIP(plain) === 0 || /^(?:127\.|0\.0\.0\.0$|::1?$)/.test(plain)) return null;
  return plain.toLowerCase();
}

class Collector {
  private readonly found = new Map<string, Entity>();

  add(type: EntityType, value: string | null): void {
    if (value === null || value === '' || this.found.size >= ENTITIES_MAX) return;
    const kept = storableText(value, VALUE_MAX);
    this.found.set(`${type} ${kept}`, { type, value: kept });
  }

  get list(): Entity[] {
    return [...this.found.values()];
  }
}

/** What an event of Falco names. @param keys public ids of Bulwark's keys that stand in it */
export function entitiesOf(event: FalcoEvent, keys: readonly string[]): Entity[] {
  const { values, hostname } = event;
  const found = new Collector();
  for (const key of keys) found.add('key', key);
  found.add('host', hostname);
  const [namespace, pod] = [scalarOf(values, 'k8s.ns.name'), scalarOf(values, 'k8s.pod.name')];
  if (pod !== null) found.add('pod', namespace === null ? pod : `${namespace}/${pod}`);
  const image = scalarOf(values, 'container.image.repository');
  const tag = scalarOf(values, 'container.image.tag');
  if (image !== null) found.add('image', tag === null ? image : `${image}:${tag}`);
  for (const field of ADDRESS_FIELDS) found.add('address', addressOf(scalarOf(values, field)));
  const connection = CONNECTION.exec(scalarOf(values, 'fd.name') ?? '');
  for (const side of connection?.slice(1) ?? []) found.add('address', addressOf(side));
  for (const [field, type] of FIELDS) {
    const value = scalarOf(values, field);
    if (value !== ON_HOST) found.add(type, value);
  }
  return found.list;
}

const HOST_LABELS = new Set(['host', 'hostname', 'node', 'nodename', 'kubernetes_node', 'instance']);

/** What an alert names by its labels. */
export function entitiesOfAlert({ labels }: AlertEpisode): Entity[] {
  const found = new Collector();
  const value = (name: string) => labels.find((label) => label.name === name)?.text ?? null;
  for (const { name, text } of labels) {
    if (!HOST_LABELS.has(name)) continue;
    const host = text.replace(/^\[([^\]]+)\](?::\d+)?$/, '$1').replace(/^([^:]+):\d+$/, '$1');
    if (isIP(host) === 0) found.add('host', host);
    else found.add('address', addressOf(host));
  }
  const pod = value('pod');
  const namespace = value('namespace');
  if (pod !== null) found.add('pod', namespace === null ? pod : `${namespace}/${pod}`);
  found.add('image', value('image'));
  return found.list;
}
