import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
interface Parameter {
  in: 'path' | 'query' | 'header';
  name: string;
}
interface Response {
  content?: Record<string, { schema: Json }>;
}
interface Described {
  operationId: string;
  parameters?: Parameter[];
  security: Record<string, string[]>[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, Response>;
}

/** One operation of the API as its own description has it. */
export interface Operation {
  id: string;
  method: string;
  /** With `{id}` and the like. */
  path: string;
  parameters: string[];
  /** The scope it needs; `session` where only a person may. */
  permission: string;
  mayPerson: boolean;
  /** The schema of its JSON body. */
  body: Json | null;
  statuses: string[];
  /** What is wrong with an answer of it: an undocumented status or media type, a body unlike its schema. */
  problemsOf(status: number, mediaType: string, body: string): string[];
}

const VERBS = ['get', 'post', 'put', 'patch', 'delete'];

/** Schemas are compiled when an answer of their kind comes for the first time. */
class Validators {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  private readonly known = new Map<string, ValidateFunction>();

  constructor(document: Json) {
    addFormats(this.ajv);
    for (const format of ['cidrv4', 'cidrv6', 'jwt', 'base64', 'base64url', 'e164'])
      this.ajv.addFormat(format, true);
    this.ajv.addSchema({ ...document, $id: 'document' });
  }

  check(pointer: string, value: unknown): string[] {
    const validate = this.known.get(pointer) ?? this.ajv.compile({ $ref: `document#${pointer}` });
    this.known.set(pointer, validate);
    if (validate(value)) return [];
    return (validate.errors ?? [])
      .slice(0, 3)
      .map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

const pointerOf = (...parts: string[]) =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

function permissionOf(security: Described['security']): { permission: string; mayPerson: boolean } {
  const scopes = security.flatMap((one) => Object.values(one).flat());
  return { permission: scopes[0] ?? 'session', mayPerson: security.some((one) => 'session' in one) };
}

function operationOf(validators: Validators, path: string, method: string, described: Described): Operation {
  const problemsOf: Operation['problemsOf'] = (status, mediaType, body) => {
    const answer = described.responses[String(status)];
    if (!answer) return [`${status} is not documented`];
    if (!answer.content) return [];
    const type = Object.keys(answer.content).find((name) => name.split(';')[0] === mediaType);
    if (!type) return [`${mediaType} is not documented for ${status}`];
    if (!/^application\/(?:json|.+\+json)$/.test(mediaType)) return [];
    const pointer = pointerOf('paths', path, method, 'responses', String(status), 'content', type, 'schema');
    return validators.check(pointer, JSON.parse(body));
  };
  return {
    id: described.operationId,
    method: method.toUpperCase(),
    path,
    parameters: (described.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name),
    ...permissionOf(described.security),
    body: described.requestBody?.content['application/json']?.schema ?? null,
    statuses: Object.keys(described.responses),
    problemsOf,
  };
}

/** Every operation below `/api/v1` that the server under test describes. */
export async function readOperations(consoleUrl: string): Promise<Operation[]> {
  const document = (await (await fetch(`${consoleUrl}/api/openapi.json`)).json()) as Json;
  const validators = new Validators(document);
  return Object.entries(document.paths as Record<string, Record<string, Described>>)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, item]) =>
      VERBS.flatMap((method) =>
        item[method] ? [operationOf(validators, path, method, item[method] as Described)] : [],
      ),
    );
}
