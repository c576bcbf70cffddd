import type { ScopeKind } from '@/lib/response/detections/contract';
import type { FalcoEvent } from '@/lib/response/detections/parse/falco-event';
import { scalarOf, storableText } from '@/lib/response/detections/parse/fields';
import { digestOfParts } from '@/lib/response/detections/parse/identity';
import { workloadOf } from './workload';

/** What a detection is about, and by what its group is named. */
export interface EventScope {
  kind: ScopeKind;
  /** One line for people. */
  text: string;
  namespace: string | null;
  workload: string | null;
  container: string | null;
  image: string | null;
  host: string | null;
  /** What the group key is made of. */
  parts: string[];
}

const TEXT_MAX = 300;
const KEY_VERSION = '1';
const ON_HOST = 'host';

const nameOf = (event: FalcoEvent, field: string) => {
  const value = scalarOf(event.values, field);
  return value === null ? null : storableText(value, TEXT_MAX);
};

const join = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join('/');

/** A call of the Kubernetes API: who did what to which kind of thing. */
function auditScope(event: FalcoEvent): EventScope {
  const user = nameOf(event, 'ka.user.name');
  const verb = nameOf(event, 'ka.verb');
  const resource = nameOf(event, 'ka.target.resource');
  const subresource = nameOf(event, 'ka.target.subresource');
  const namespace = nameOf(event, 'ka.target.namespace');
  const what = join([resource, subresource]);
  const text = [user ?? 'unknown user', verb, what === '' ? null : what, namespace && `in ${namespace}`]
    .filter(Boolean)
    .join(' ');
  return {
    kind: 'k8s_audit',
    text: storableText(text, TEXT_MAX),
    namespace,
    workload: null,
    container: null,
    image: null,
    host: event.hostname,
    parts: ['k8s_audit', user ?? '', verb ?? '', what, namespace ?? ''],
  };
}

/**
 * What an event is about: its Kubernetes workload, else its container image, else its host. A pod's generated name, ids,
 * process ids, times and ports change with every event and are never part of it.
 */
export function scopeOf(event: FalcoEvent): EventScope {
  if (event.source === 'k8s_audit') return auditScope(event);
  const namespace = nameOf(event, 'k8s.ns.name');
  const pod = nameOf(event, 'k8s.pod.name');
  const image = nameOf(event, 'container.image.repository');
  const isOnHost = nameOf(event, 'container.id') === ON_HOST;
  const named = nameOf(event, 'container.name');
  const container = isOnHost || named === ON_HOST ? null : named;
  const host = event.hostname;
  const common = { namespace, image, container, host };
  if (namespace !== null || pod !== null) {
    const workload = pod === null ? null : workloadOf(pod);
    const text = storableText(join([namespace, workload, container]), TEXT_MAX);
    return {
      ...common,
      kind: 'workload',
      text,
      workload,
      parts: ['workload', namespace ?? '', workload ?? '', container ?? ''],
    };
  }
  if (image !== null) {
    const text = storableText(container === null ? image : `${image} (${container})`, TEXT_MAX);
    return { ...common, kind: 'image', text, workload: null, parts: ['image', image, container ?? ''] };
  }
  if (host !== null) return { ...common, kind: 'host', text: host, workload: null, parts: ['host', host] };
  return { ...common, kind: 'none', text: 'unknown host', workload: null, parts: ['none'] };
}

/** What names a group within a tenant: 32 bytes. `extra`: the fields that the policy adds for the rule. */
export function groupKeyOf(event: FalcoEvent, scope: EventScope, extra: readonly string[]): Buffer {
  const added = extra.flatMap((field) => [field, scalarOf(event.values, field) ?? '']);
  return digestOfParts([KEY_VERSION, 'falco', event.source, event.rule, ...scope.parts, ...added]);
}

export const alertGroupKeyOf = (groupKey: string): Buffer =>
  digestOfParts([KEY_VERSION, 'alertmanager', groupKey]);
