import { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiParameters,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { KEY_ONLY_SCOPES, type Permission } from '@/lib/platform/auth/contract';
import { ERROR_CODES, type ErrorCode } from '@/lib/platform/core/errors';

type Method = 'get' | 'post' | 'patch';

export interface OperationDescription {
  /** Unique among all operations; generators name functions after it. */
  id: string;
  summary: string;
  description?: string;
  /** `session`: any signed-in person, no API key. Some scopes belong to keys only. */
  /** Of several any one is enough. */
  permission: Permission | 'session' | readonly [Permission, ...Permission[]];
  /** The route's input: the query of a GET, the JSON body otherwise. */
  input?: z.ZodType;
  answer: z.ZodType;
  status?: 200 | 201 | 202;
  /** Other media types of the answer, instead of JSON. */
  mediaTypes?: readonly string[];
  /** The body is a file of one of these media types, and the input stands in the query. */
  bodyTypes?: readonly string[];
  /** Takes an Idempotency-Key. */
  isRepeatable?: boolean;
  /** Answers with an ETag; a PATCH also takes If-Match. */
  isTagged?: boolean;
  /** What it may refuse beside what every operation may. */
  refusals?: readonly ErrorCode[];
}

/** What one room adds to the description of the API. */
export interface ApiRoom {
  tag: { name: string; description: string };
  paths: ZodOpenApiPathsObject;
  /** Schemas that get a name of their own in the document. */
  schemas: Record<string, z.ZodType>;
}

export const problemSchema = z.object({
  type: z.string().meta({ example: 'urn:bulwark:problem:not_found' }),
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: 'A sentence that says what happened and what to do next.' }),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  requestId: z
    .string()
    .meta({ description: 'Also in the header X-Request-Id; finds the request in the audit log.' }),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .meta({
      description: 'The fields that are not valid; paths as in a JSON pointer without the first slash.',
    }),
});

/** `not_found` too: what the path, the query or the body names may not be there. */
const ALWAYS: ErrorCode[] = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'rate_limited',
  'unavailable',
];

function refusalsOf(method: Method, operation: OperationDescription): ErrorCode[] {
  return [
    ...ALWAYS,
    ...(method === 'get' ? [] : (['conflict', 'too_large', 'unsupported_media_type'] as const)),
    ...(operation.isTagged && method === 'patch' ? (['precondition_failed'] as const) : []),
    ...(operation.refusals ?? []),
  ];
}

/** `answer` describes the JSON of Bulwark itself; a file is what its media type says. */
function schemaOf(mediaType: string, answer: z.ZodType): z.ZodType {
  if (mediaType === 'application/json') return answer;
  return mediaType.endsWith('json') ? z.unknown() : z.string();
}

function responsesOf(method: Method, operation: OperationDescription): ZodOpenApiResponsesObject {
  const { answer, status = 200, isTagged } = operation;
  const mediaTypes = operation.mediaTypes ?? ['application/json'];
  const responses: ZodOpenApiResponsesObject = {
    [`${status}`]: {
      description: { 200: 'Done', 201: 'Created', 202: 'Accepted' }[status],
      headers: z.object({
        'X-Request-Id': z.string(),
        ...(isTagged ? { ETag: z.string().meta({ example: '"3"' }) } : {}),
      }),
      content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: schemaOf(type, answer) }])),
    },
  };
  for (const code of new Set(refusalsOf(method, operation))) {
    const { status: refused, title } = ERROR_CODES[code];
    responses[`${refused}`] = {
      description: title,
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return responses;
}

function headersOf(method: Method, operation: OperationDescription): z.ZodObject | undefined {
  const repeatable = {
    'Idempotency-Key': z.string().max(200).optional().meta({
      description:
        'Repeating a request with the same key within 24 hours returns the same response, without the secret.',
    }),
  };
  const tagged = {
    'If-Match': z
      .string()
      .optional()
      .meta({ description: 'ETag of the version you edited.', example: '"3"' }),
  };
  const isConditional = operation.isTagged && method === 'patch';
  if (!operation.isRepeatable && !isConditional) return undefined;
  return z.object({ ...(operation.isRepeatable ? repeatable : {}), ...(isConditional ? tagged : {}) });
}

function pathParamsOf(path: string): z.ZodObject | undefined {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return names.length === 0
    ? undefined
    : z.object(Object.fromEntries(names.map((name) => [name, name === 'key' ? z.string() : z.uuid()])));
}

function paramsOf(method: Method, path: string, operation: OperationDescription): ZodOpenApiParameters {
  const params: ZodOpenApiParameters = {};
  const inPath = pathParamsOf(path);
  const inHeader = headersOf(method, operation);
  if (inPath) params.path = inPath;
  if (inHeader) params.header = inHeader;
  if ((method === 'get' || operation.bodyTypes) && operation.input instanceof z.ZodObject)
    params.query = operation.input;
  return params;
}

function securityOf(asked: OperationDescription['permission']): Record<string, string[]>[] {
  if (asked === 'session') return [{ session: [] }];
  return permissionsOf(asked).flatMap((permission) => {
    const asKey: Record<string, string[]>[] = [{ bearer: [permission] }, { apiKey: [permission] }];
    return KEY_ONLY_SCOPES.includes(permission) ? asKey : [...asKey, { session: [permission] }];
  });
}

const permissionsOf = (asked: Permission | readonly Permission[]) =>
  typeof asked === 'string' ? [asked] : asked;

function requestBodyOf(method: Method, { input, bodyTypes }: OperationDescription) {
  if (bodyTypes) {
    const file = { schema: { type: 'string', format: 'binary' } } as const;
    return {
      requestBody: { required: true, content: Object.fromEntries(bodyTypes.map((type) => [type, file])) },
    };
  }
  return method !== 'get' && input
    ? { requestBody: { content: { 'application/json': { schema: input } } } }
    : {};
}

function operationOf(
  tag: string,
  method: Method,
  path: string,
  operation: OperationDescription,
): ZodOpenApiOperationObject {
  const { id, summary, description, permission } = operation;
  const need =
    permission === 'session'
      ? 'Requires a signed-in user.'
      : `Requires ${permissionsOf(permission)
          .map((one) => `\`${one}\``)
          .join(' or ')}.`;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description ? `${description}\n\n${need}` : need,
    security: securityOf(permission),
    requestParams: paramsOf(method, path, operation),
    ...requestBodyOf(method, operation),
    responses: responsesOf(method, operation),
  };
}

const METHODS: Record<string, Method> = { GET: 'get', POST: 'post', PATCH: 'patch' };

/** Describes the routes of one room: `{ 'GET /keys/{id}': {...} }`, paths below `base`. */
export function describeRoutes(
  tag: string,
  routes: Record<`${'GET' | 'POST' | 'PATCH'} /${string}`, OperationDescription>,
  base = '/api/v1',
): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const [route, operation] of Object.entries(routes)) {
    const [verb = '', below = ''] = route.split(' ');
    const method = METHODS[verb];
    if (!method) throw new Error(`${route} has an unknown method`);
    const path = `${base}${below}`;
    paths[path] = { ...paths[path], [method]: operationOf(tag, method, path, operation) };
  }
  return paths;
}
