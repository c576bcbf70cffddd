import { createHash } from 'node:crypto';
import { log } from '@/lib/platform/core/log';
import { familyOf } from '../rules';
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint';
import { NoteError, parseNote, type VerifierKey } from '../tlog/note';
import type { Policy } from '../tlog/policy';
import { verifySignatures } from '../tlog/signature';
import { readKeptNote } from './checkpoint-file';
import { logSigners } from './log-signers';
import { fetchWitnessed } from './witness-client';

/** A checkpoint of the installation's log that is kept where the database cannot change it. */
export interface OutsideHead extends Checkpoint {
  /** The signed note, verbatim. */
  note: string;
  from: string;
}

/** Only what this log has signed counts: anybody may write a file, and a witness may be somebody else's. */
function parseOwn(
  note: string,
  from: string,
  family: string,
  secrets: readonly string[],
): OutsideHead | null {
  try {
    const parsed = parseNote(note);
    const checkpoint = parseCheckpoint(parsed.text);
    if (!checkpoint || familyOf(checkpoint.origin) !== family) return null;
    const keys: VerifierKey[] = secrets.flatMap((secret) =>
      logSigners(secret, checkpoint.origin).map(({ key }) => key),
    );
    return verifySignatures(parsed, keys).length > 0 ? { ...checkpoint, note, from } : null;
  } catch (error) {
    if (error instanceof NoteError) return null;
    throw error;
  }
}

export interface OutsideSources {
  checkpointFile: string | undefined;
  policy: Policy | null;
}

/**
 * What the checkpoint file and the witnesses know of the installation's log.
 * @param origins of the incarnations that may be known there
 */
export async function readOutsideHeads(
  { checkpointFile, policy }: OutsideSources,
  origins: readonly string[],
  secrets: readonly string[],
): Promise<OutsideHead[]> {
  const family = familyOf(origins[0] ?? '');
  const found: (OutsideHead | null)[] = [];
  if (checkpointFile) {
    const kept = await readKeptNote(checkpointFile);
    const head = kept === null ? null : parseOwn(kept, `the file ${checkpointFile}`, family, secrets);
    if (kept !== null && !head) {
      log().warn({ checkpointFile }, 'the checkpoint file holds no checkpoint that this log has signed');
    }
    found.push(head);
  }
  for (const { name, url } of policy?.witnesses ?? []) {
    if (url === null) continue;
    for (const origin of origins) {
      const hash = createHash('sha256').update(origin).digest('hex');
      const note = await fetchWitnessed(url, hash).catch((err: unknown) => {
        log().warn({ err, witness: name }, 'a witness could not be asked what it has seen');
        return null;
      });
      found.push(note === null ? null : parseOwn(note, `the witness ${name}`, family, secrets));
    }
  }
  return found.filter((head) => head !== null);
}
