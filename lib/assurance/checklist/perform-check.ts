import { type ReadTx, readDeciding } from '@/db/scope';
import { checkAuditLog } from '@/lib/assurance/checklist/checks/audit-log';
import { type CheckResult, type CheckSources, nothingSeen } from '@/lib/assurance/checklist/checks/check';
import { checkFindings } from '@/lib/assurance/checklist/checks/findings';
import { checkFirewall } from '@/lib/assurance/checklist/checks/firewall';
import { checkHttp } from '@/lib/assurance/checklist/checks/http';
import { checkInventory } from '@/lib/assurance/checklist/checks/inventory';
import { checkKeyRotation } from '@/lib/assurance/checklist/checks/key-rotation';
import { checkQuery } from '@/lib/assurance/checklist/checks/query';
import { checkRateLimit } from '@/lib/assurance/checklist/checks/rate-limit';
import { checkScans } from '@/lib/assurance/checklist/checks/scans';
import { checkSecrets } from '@/lib/assurance/checklist/checks/secrets';
import { checkSensors } from '@/lib/assurance/checklist/checks/sensors';
import { checkTls } from '@/lib/assurance/checklist/checks/tls';
import type { Actor } from '@/lib/platform/auth/contract';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { log } from '@/lib/platform/core/log';
import type { DefinedCheck } from './definition';
import { databaseNowMs } from './store';

const TIME_MAX_MS = 2 * MINUTE_MS;

async function runByKind(
  check: DefinedCheck,
  actor: Actor,
  sources: CheckSources,
  signal: AbortSignal,
): Promise<CheckResult> {
  const read = <T>(fn: (tx: ReadTx) => Promise<T>) => readDeciding(actor, fn);
  const base = { tenantId: actor.tenantId, nowMs: await read(databaseNowMs), signal, read, sources };
  switch (check.kind) {
    case 'secrets':
      return checkSecrets({ ...base, scope: check.scope, parameters: check.parameters });
    case 'scans':
      return checkScans({ ...base, scope: check.scope, parameters: check.parameters });
    case 'findings':
      return checkFindings({ ...base, scope: check.scope, parameters: check.parameters });
    case 'rate_limit':
      return checkRateLimit({ ...base, scope: check.scope, parameters: check.parameters });
    case 'tls':
      return checkTls({ ...base, scope: check.scope, parameters: check.parameters });
    case 'firewall':
      return checkFirewall({ ...base, scope: check.scope, parameters: check.parameters });
    case 'key_rotation':
      return checkKeyRotation({ ...base, scope: check.scope, parameters: check.parameters });
    case 'audit_log':
      return checkAuditLog({ ...base, scope: check.scope, parameters: check.parameters });
    case 'inventory':
      return checkInventory({ ...base, scope: check.scope, parameters: check.parameters });
    case 'http':
      return checkHttp({ ...base, scope: check.scope, parameters: check.parameters });
    case 'sensors':
      return checkSensors({ ...base, scope: check.scope, parameters: check.parameters });
    case 'query':
      return checkQuery({ ...base, scope: check.scope, parameters: check.parameters });
    case 'import':
    case 'attestation':
      return nothingSeen('error', 'This check needs an attestation and cannot run automatically.');
  }
}

const TOO_LONG = `It took longer than ${TIME_MAX_MS / MINUTE_MS} minutes.`;

/** Runs one check. Whatever goes wrong becomes its outcome `error`; the cause is logged, not shown. */
export async function performCheck(
  check: DefinedCheck,
  actor: Actor,
  sources: CheckSources,
  ended: AbortSignal,
): Promise<CheckResult> {
  const timeout = AbortSignal.timeout(TIME_MAX_MS);
  const late = new Promise<CheckResult>((resolve) => {
    timeout.addEventListener('abort', () => resolve(nothingSeen('error', TOO_LONG)), { once: true });
  });
  try {
    return await Promise.race([runByKind(check, actor, sources, AbortSignal.any([ended, timeout])), late]);
  } catch (err) {
    log().warn({ err, check: check.key }, 'a check could not be run');
    return nothingSeen(
      'error',
      timeout.aborted ? TOO_LONG : 'It failed; the log of the worker has the cause.',
    );
  }
}
