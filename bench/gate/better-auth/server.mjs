import { createServer } from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

/** The peer: better-auth's verification of an API key over HTTP, as its documentation sets it up. */
const port = Number(process.argv[2]);
const baseURL = `http://127.0.0.1:${port}`;
const options = {
  baseURL,
  secret: 'a secret that only the benchmark knows, 48 bytes',
  database: new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 20 }),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  rateLimit: { enabled: false },
  plugins: [apiKey({ rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: 1_000_000 } })],
};
const auth = betterAuth(options);
await (await getMigrations(options)).runMigrations();
const { user } = await auth.api.signUpEmail({
  body: { name: 'bench', email: `bench-${Date.now()}@example.org`, password: 'correct horse battery' },
});
const keys = [];
for (let i = 0; i < 100; i++) {
  const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: `key ${i}` } });
  keys.push(key);
}

async function verify(request, response) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { valid } = await auth.api.verifyApiKey({ body: { key: JSON.parse(body).key } });
  response.writeHead(valid ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ valid }));
}

createServer((request, response) => {
  if (request.url === '/keys') response.end(keys.join('\n'));
  else verify(request, response).catch(() => response.writeHead(500).end());
}).listen(port, '127.0.0.1');
