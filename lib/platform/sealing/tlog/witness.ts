import { equalBytes, parseDecimal, toBase64 } from './bytes';
import { type Checkpoint, parseCheckpoint } from './checkpoint';
import { EMPTY_ROOT, type TreeHead, verifyConsistency } from './merkle';
import { type Note, NoteError, parseNote, type VerifierKey } from './note';
import { parseHashes } from './proof';
import { type VerifiedSignature, verifySignatures } from './signature';

/** The witness protocol of c2sp.org/tlog-witness: the request, and what a witness makes of it. */

export const SIZE_MEDIA_TYPE = 'text/x.tlog.size';

export interface AddCheckpoint {
  /** The size that the log believes the witness to have seen last. */
  old: number;
  proof: readonly Uint8Array[];
  /** A signed note, verbatim. */
  checkpoint: string;
}

export function formatAddCheckpoint({ old, proof, checkpoint }: AddCheckpoint): string {
  return `${[`old ${old}`, ...proof.map(toBase64)].join('\n')}\n\n${checkpoint}`;
}

/** @returns null where the body is not of the form */
export function parseAddCheckpoint(body: string): AddCheckpoint | null {
  const border = body.indexOf('\n\n');
  const [oldLine = '', ...proofLines] = body.slice(0, Math.max(0, border)).split('\n');
  const old = oldLine.startsWith('old ') ? parseDecimal(oldLine.slice('old '.length)) : null;
  const proof = parseHashes(proofLines);
  return old === null || !proof ? null : { old, proof, checkpoint: body.slice(border + 2) };
}

/** What a witness answers. `accepted` must be stored, atomically with the comparison, before the answer leaves. */
export type WitnessVerdict =
  | { status: 200; accepted: Checkpoint; note: Note; signatures: readonly VerifiedSignature[] }
  | { status: 409; size: number }
  | { status: 400 | 403 | 404 | 422; reason: string };

/** What the witness knows of a log: its keys, and the tree head it cosigned last. */
export interface KnownLog {
  keys: readonly VerifierKey[];
  latest: TreeHead | null;
}

/**
 * Decides on a request by the rules of the protocol, in their order.
 * @param knownLog by origin; null for a log that the witness does not serve
 */
export function judgeAddCheckpoint(
  body: string,
  knownLog: (origin: string) => KnownLog | null,
): WitnessVerdict {
  const request = parseAddCheckpoint(body);
  if (!request) return { status: 400, reason: 'The request is malformed.' };
  let note: Note;
  try {
    note = parseNote(request.checkpoint);
  } catch (error) {
    if (error instanceof NoteError) return { status: 400, reason: error.message };
    throw error;
  }
  const checkpoint = parseCheckpoint(note.text);
  if (!checkpoint) return { status: 400, reason: 'The note is not a checkpoint.' };
  const log = knownLog(checkpoint.origin);
  if (!log) return { status: 404, reason: 'unknown log' };
  return judgeTree(request, note, checkpoint, log);
}

function judgeTree(
  { old, proof }: AddCheckpoint,
  note: Note,
  checkpoint: Checkpoint,
  { keys, latest }: KnownLog,
): WitnessVerdict {
  let signatures: VerifiedSignature[];
  try {
    signatures = verifySignatures(note, keys);
  } catch (error) {
    if (error instanceof NoteError) return { status: 403, reason: `invalid signature: ${error.message}` };
    throw error;
  }
  if (signatures.length === 0) return { status: 403, reason: 'no signature of a known key' };
  if (old > checkpoint.size)
    return { status: 400, reason: 'The old size is above the size of the checkpoint.' };
  const known = latest?.size ?? 0;
  if (old !== known) return { status: 409, size: known };
  const problem = problemOf(latest, checkpoint, proof);
  return problem === null
    ? { status: 200, accepted: checkpoint, note, signatures }
    : { status: 422, reason: problem };
}

function problemOf(
  latest: TreeHead | null,
  checkpoint: Checkpoint,
  proof: readonly Uint8Array[],
): string | null {
  if (checkpoint.size === 0 && !equalBytes(checkpoint.root, EMPTY_ROOT)) return 'wrong root of an empty tree';
  if (!latest || latest.size === 0) {
    return proof.length === 0 ? null : 'a consistency proof from the empty tree must be empty';
  }
  if (latest.size === checkpoint.size && !equalBytes(latest.root, checkpoint.root)) {
    return 'another root for the same size';
  }
  return verifyConsistency(latest, checkpoint, proof) ? null : 'the consistency proof does not verify';
}
