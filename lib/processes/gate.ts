import { collectDefaultMetrics } from 'prom-client';
import { surviveDriverFaults } from '@/db/driver-fault';
import { assertSafeDatabase, UnsafeDatabaseError } from '@/db/startup-check';
import { createGate } from '@/lib/access/gate/server';
import { openGatePolicy } from '@/lib/access/gate-routes/open-policy';
import { ownReport, REPORT_CHANNEL } from '@/lib/access/secrets/own/process-report';
import { startReportLoop } from '@/lib/access/secrets/own/report-loop';
import { createJwtVerifier } from '@/lib/access/supabase/jwt-verifier';
import { getEnv, requireEnv } from '@/lib/platform/core/env/env';
import { log } from '@/lib/platform/core/log';
import { createLimiter } from '@/lib/platform/rate-limit/limiter';
import { openPolicy } from '@/lib/platform/rate-limit/policy-file';

async function main(): Promise<void> {
  const env = getEnv();
  surviveDriverFaults(log());
  const peppers = [requireEnv('keyPepper'), ...env.keyPeppersRetired];
  const policy = openGatePolicy(env.gateRoutesFile, log());
  const limiter = createLimiter({
    policy: openPolicy(env.rateLimitFile, log()),
    redisUrl: env.redisUrl ?? null,
    answerWithinMs: env.redisAnswerMs,
    plane: 'gate',
    log: log(),
  });
  const jwt = env.supabase ? createJwtVerifier(env.supabase) : null;
  let wasSafe = false;
  const gate = createGate({
    databaseUrl: requireEnv('databaseUrlGate'),
    peppers: new Map(peppers.map(({ id, value }) => [id, value])),
    log: log(),
    limiter,
    policy,
    jwt,
    trustedProxies: env.trustedProxies,
    metricsToken: env.metricsToken,
    checkDatabase: async (sql) => {
      try {
        await assertSafeDatabase(sql, 'app_gate');
        wasSafe = true;
      } catch (error) {
        if (error instanceof UnsafeDatabaseError && !wasSafe) fail(error);
        throw error;
      }
    },
  });
  collectDefaultMetrics({ register: gate.metrics.registry });
  const address = await gate.listen(env.gatePort, env.host);
  log().info({ address: address.address, port: address.port }, 'gate listening');

  const report = startReportLoop(async () => {
    const message = await ownReport();
    if (message !== null) await gate.notify(REPORT_CHANNEL, message);
  });

  const stop = () => {
    report.stop();
    gate
      .stop()
      .then(() => {
        jwt?.close();
        policy.close();
        return limiter.close();
      })
      .then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** Start-up cannot go on; the sentence goes where the person who started it reads. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
