import { parseDecimal } from '../tlog/bytes';
import { linesOf, NoteError, parseNote, parseSignatureLine } from '../tlog/note';
import type { PolicyWitness } from '../tlog/policy';
import { verifySignatures } from '../tlog/signature';
import { formatAddCheckpoint, SIZE_MEDIA_TYPE } from '../tlog/witness';

/** A log's side of c2sp.org/tlog-witness. */

const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * `refused`: the witness does not vouch for this tree. `larger`: it has seen a tree that is larger than ours, which only a
 * restored or rewritten log can cause. Both are alarms; `unreachable` is not.
 */
export type WitnessProblem = 'unreachable' | 'refused' | 'larger';

export type WitnessAnswer =
  | { kind: 'cosigned'; line: string; time: number }
  | { kind: 'problem'; problem: WitnessProblem; message: string; size?: number };

export interface Submission {
  size: number;
  /** The signed note, without cosignatures of others. */
  note: string;
  /** What the witness saw last, as far as we know. */
  lastSize: number;
  /** The consistency proof from a size up to this checkpoint. */
  proofFrom(old: number): Promise<readonly Uint8Array[]>;
}

async function bodyOf(response: Response): Promise<string> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return new TextDecoder().decode(bytes.subarray(0, ANSWER_BYTES_MAX));
}

/** Of the whole answer, only the line that this very witness can have made, and that verifies. */
function cosignatureOf(answer: string, note: string, { key }: PolicyWitness): WitnessAnswer {
  const own = linesOf(answer).find((line) => {
    const signature = parseSignatureLine(line);
    return signature?.name === key.name && signature.keyId === key.keyId;
  });
  try {
    const [verified] = own ? verifySignatures(parseNote(`${note}${own}`), [key]) : [];
    if (own && verified?.time) return { kind: 'cosigned', line: own, time: verified.time };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
  }
  const message = own ? 'Its cosignature does not verify.' : 'Its answer holds no cosignature of its key.';
  return { kind: 'problem', problem: 'refused', message };
}

async function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    body,
    redirect: 'error',
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

async function submitFrom(
  witness: PolicyWitness & { url: string },
  submission: Submission,
  old: number,
  isFirst: boolean,
): Promise<WitnessAnswer> {
  const { note, size } = submission;
  const proof = old < size ? await submission.proofFrom(old) : [];
  const response = await post(witness.url, formatAddCheckpoint({ old, proof, checkpoint: note }));
  const answer = await bodyOf(response);
  if (response.status === 200) return cosignatureOf(answer, note, witness);
  const known = response.status === 409 ? parseDecimal(answer.replace(/\n$/, '')) : null;
  const isSize = known !== null && response.headers.get('content-type')?.startsWith(SIZE_MEDIA_TYPE);
  if (isSize && known > size) {
    const message = `It has cosigned ${known} entries of this log, which has ${size}.`;
    return { kind: 'problem', problem: 'larger', message, size: known };
  }
  if (isSize && isFirst) return submitFrom(witness, submission, known, false);
  const isFault = response.status >= 500 || response.status === 429;
  return {
    kind: 'problem',
    problem: isFault ? 'unreachable' : 'refused',
    message: `It answered ${response.status}: ${answer.trim().slice(0, 200) || 'no reason'}`,
  };
}

/** Asks a witness for its cosignature; goes on from the size that it names where ours was wrong, once. */
export async function submitCheckpoint(
  witness: PolicyWitness,
  submission: Submission,
): Promise<WitnessAnswer> {
  const { url } = witness;
  if (url === null) {
    return { kind: 'problem', problem: 'unreachable', message: 'The policy gives no URL for it.' };
  }
  const old = Math.min(submission.lastSize, submission.size);
  try {
    return await submitFrom({ ...witness, url }, submission, old, true);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'problem', problem: 'unreachable', message: `It could not be reached: ${message}` };
  }
}

/** What a witness last saw of a log (the monitoring side of the protocol). @returns null where it never saw one */
export async function fetchWitnessed(url: string, originHash: string): Promise<string | null> {
  const response = await fetch(`${url}/${originHash}/checkpoint`, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The witness answered ${response.status}.`);
  return bodyOf(response);
}
