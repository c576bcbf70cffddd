import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requireAny } from '@/lib/platform/auth/require';
import { applyReading, changesDetails } from './apply-reading';
import { backendTarget, changeBackend, databaseNow, lockBackend } from './backend-store';
import type { ReadSecret } from './backends/backend';
import {
  type ScanEntry,
  type ScanKind,
  type SecretScanDto,
  type UploadSecretScanInput,
  uploadSecretScanInput,
} from './contract';
import { noticeExposed } from './notices';

function readSecretOf(kind: ScanKind, entry: ScanEntry): ReadSecret {
  const isPlain = entry.is === 'plain';
  return {
    path: entry.place,
    name: entry.name,
    kind: isPlain ? 'variable' : 'file',
    // A file secret of compose is a file of the host that is mounted; Docker and Kubernetes keep theirs.
    exposure: isPlain ? 'plain' : kind === 'compose' ? 'file' : 'backend',
    model: 'single',
    consumers: entry.consumers,
    rotatedAt: entry.createdAt === null ? null : new Date(entry.createdAt),
    fingerprint: entry.fingerprint,
    lengthClass: entry.lengthClass,
    why: entry.why,
    line: entry.line,
  };
}

/**
 * Takes over what a scan on another machine saw: names, places, length classes and digests. What the same source held
 * before and lacks now has gone from there.
 */
export async function uploadSecretScan(actor: Actor, input: UploadSecretScanInput): Promise<SecretScanDto> {
  requireAny(actor, ['secrets:write', 'secrets:rotate']);
  const { kind, source, references, entries } = uploadSecretScanInput.parse(input);
  return inTenant(actor, async (tx) => {
    const backend = await lockBackend(tx, actor.tenantId, kind, source);
    const now = await databaseNow(tx);
    const secrets = entries.map((entry) => readSecretOf(kind, entry));
    const changes = await applyReading(tx, backend, { secrets, unreadPaths: [], source: 'scan', now });
    await changeBackend(tx, backend, {
      readAt: now,
      attemptedAt: now,
      readBy: actor.label,
      referenceCount: references,
      removedAt: null,
    });
    const plain = entries.filter(({ is }) => is === 'plain');
    await recordAudit(tx, actor, {
      action: 'secret.scan_uploaded',
      target: backendTarget(backend),
      details: {
        plain: plain.length,
        held: entries.length - plain.length,
        references,
        ...changesDetails(changes),
      },
    });
    const added = new Set(changes.added);
    const fresh = plain.filter(({ name }) => added.has(name)).map(({ name }) => name);
    if (fresh.length > 0) await noticeExposed(tx, backend, { names: fresh, now });
    return {
      backendId: backend.id,
      plain: plain.length,
      held: entries.length - plain.length,
      gone: changes.gone.length,
    };
  });
}
