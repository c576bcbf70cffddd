import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '@/lib/platform/core/errors';
import { openApiDocument } from './document';

const document = openApiDocument({
  consoleUrl: 'https://bulwark.example.org',
  gateUrl: 'https://gate.example.org',
  isHttps: true,
});

type Operation = {
  operationId: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string; required?: string[] } }> };
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>;
  security: Record<string, string[]>[];
};
const paths = document.paths as Record<string, Record<string, Operation>>;
const operationsOf = (path: string) =>
  ['get', 'post', 'patch', 'put', 'delete'].filter((method) => method in (paths[path] ?? {}));

/** `app/api/v1/keys/[id]/route.ts` and its exported methods. */
function routesOfApp(): string[] {
  const routes: string[] = [];
  for (const file of globSync('app/api/v1/**/route.ts')) {
    const path = file
      .replace(/^app/, '')
      .replace(/\/route\.ts$/, '')
      .replaceAll(/\[(?:\.{3})?(\w+)\]/g, '{$1}');
    const exported = [...readFileSync(file, 'utf8').matchAll(/^export\b(.*)/gm)].map(([, rest = '']) => rest);
    // Any other form of export would hide a method from this list.
    expect(
      exported.filter((rest) => !/^ const [A-Z]+ = /.test(rest)),
      file,
    ).toEqual([]);
    routes.push(...exported.map((rest) => `${rest.split(' ')[2]} ${path}`));
  }
  return routes.sort();
}

describe('the description of the API', () => {
  it('names every route under /api/v1 with its methods, and no other', () => {
    const described = Object.keys(paths)
      .filter((path) => path.startsWith('/api/v1/'))
      .flatMap((path) => operationsOf(path).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.sort()).toEqual(routesOfApp());
  });

  it('is valid OpenAPI 3.1', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-openapi-'));
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(document));
    const env = {
      ...process.env,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      CI: 'true',
    };
    try {
      const words = ['node_modules/@redocly/cli/bin/cli.js', 'lint', file, '--extends=spec', '--format=json'];
      const report = JSON.parse(
        execFileSync(process.execPath, words, { env, encoding: 'utf8', stdio: 'pipe' }),
      );
      expect(report.problems).toEqual([]);
      expect(report.totals).toMatchObject({ errors: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives every operation an id of its own, a scope and the usual refusals', () => {
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      operationsOf(path).map((method) => item[method] as Operation),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const operation of operations) {
      expect(operation.security.length).toBeGreaterThan(0);
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '401', '403', '503']));
      expect(operation.responses['401']?.content?.['application/problem+json']?.schema.$ref).toBe(
        '#/components/schemas/Problem',
      );
    }
  });

  it('takes input and answers from the contracts', () => {
    const create = paths['/api/v1/keys']?.post;
    expect(create?.requestBody?.content['application/json']?.schema.required).toEqual(['name', 'scopes']);
    expect(create?.responses['201']?.content?.['application/json']?.schema.$ref).toMatch(/KeyWithSecret/);
    expect(create?.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }),
    );
    const list = paths['/api/v1/keys']?.get?.parameters?.map(({ name }) => name);
    expect(list).toEqual(expect.arrayContaining(['cursor', 'limit', 'status', 'q']));
    const patch = paths['/api/v1/keys/{id}']?.patch;
    expect(patch?.parameters?.map(({ name }) => name)).toEqual(['id', 'If-Match']);
    expect(patch?.responses).toHaveProperty('412');
  });

  it('lists the closed codes of refusals', () => {
    const problem = document.components?.schemas?.Problem as { properties: { code: { enum: string[] } } };
    expect(problem.properties.code.enum).toEqual(Object.keys(ERROR_CODES));
  });

  it('puts the gate on its own origin, for keys only', () => {
    const verify = paths['/v1/verify'];
    expect(verify).toMatchObject({ servers: [{ url: 'https://gate.example.org' }] });
    expect(verify?.post?.security).toEqual([{ bearer: ['gate:verify'] }, { apiKey: ['gate:verify'] }]);
  });
});
