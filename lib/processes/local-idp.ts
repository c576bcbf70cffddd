import { createLocalIdp } from '@/lib/platform/auth/local-idp/local-idp';
import { keepLocalIdpKeys } from '@/lib/platform/auth/local-idp/local-idp-keys';
import { EnvError, getEnv, requireEnv } from '@/lib/platform/core/env/env';

async function main(): Promise<void> {
  const { consoleUrl, dataDir } = getEnv();
  const { issuer, port, clientId, clientSecret } = requireEnv('localIdp');
  const keys = await keepLocalIdpKeys(dataDir);
  const server = createLocalIdp({ issuer, clientId, clientSecret, consoleUrl, keys });
  server.listen(port, '127.0.0.1');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

main().catch((error: unknown) => {
  const text =
    error instanceof EnvError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
