import { expect, test } from 'vitest';
import { checkNextAbsences } from './next-absences';
import { plantTree } from './planted-tree';

const config = 'export default { images: { unoptimized: true } };';
const proxy = "import { NextResponse } from 'next/server';\nexport const proxy = () => NextResponse.next();";
const check = (files: Record<string, string>) =>
  checkNextAbsences(plantTree({ 'next.config.ts': config, 'proxy.ts': proxy, ...files }));

test('a plain application passes', () => {
  expect(check({ 'app/page.tsx': "'use client';\nexport default () => 'use server';" })).toEqual([]);
});

test.each([
  [
    'a Server Action file',
    { 'app/actions.ts': "'use server';\nexport async function act() {}" },
    'app/actions.ts:1',
  ],
  [
    'an inline Server Action',
    { 'app/page.tsx': "export default () => { async function act() { 'use server'; } };" },
    'app/page.tsx:1',
  ],
  [
    'a cached component',
    { 'lib/a.ts': "export async function f() {\n  'use cache: remote';\n}" },
    'lib/a.ts:2',
  ],
  [
    'the image optimizer',
    { 'next.config.ts': 'export default { images: { unoptimized: false } };' },
    'unoptimized',
  ],
  [
    'a rewrite',
    { 'next.config.ts': config.replace('images', 'async rewrites() { return []; }, images') },
    'rewrites',
  ],
  [
    'a session look-up in the proxy',
    { 'proxy.ts': "import { getToken } from 'next-auth/jwt';\ngetToken();" },
    'getToken',
  ],
  [
    'a refusal in the proxy',
    { 'proxy.ts': 'export const proxy = () => new Response(null, { status: 403 });' },
    '403',
  ],
  ['a database look-up in the proxy', { 'proxy.ts': "import { x } from '@/db/scope';" }, '@/db/scope'],
  ['a middleware', { 'middleware.ts': '' }, 'middleware.ts'],
  [
    'a custom server',
    { 'bin/server.mjs': "import next from 'next';\nconst app = next({ dev: false });" },
    'bin/server.mjs',
  ],
  ['the Pages router', { 'pages/index.tsx': '' }, 'pages/'],
])('reports %s', (_, files, expected) => {
  const problems = check(files);
  expect(problems.join('\n')).toContain(expected);
});
