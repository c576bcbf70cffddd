import type {
  BackendKind,
  BackendProblem,
  Exposure,
  Proof,
  SecretKind,
  SecretModel,
} from '@/lib/access/secrets/contract';

/** What a backend said of one secret. Dates are its own; there is no field for a value. */
export interface ReadSecret {
  path: string;
  name: string;
  kind: SecretKind;
  exposure: Exposure;
  model: SecretModel;
  ownerLabel?: string | null;
  ownerUserId?: string | null;
  tags?: readonly string[];
  consumers?: readonly string[];
  /** As the backend itself says how often; null: it does not. */
  intervalDays?: number | null;
  versionLabel?: string | null;
  versionCount?: number | null;
  /** The creation of the current version. */
  rotatedAt?: Date | null;
  /** Null: never, where `isUseKnown`. */
  usedAt?: Date | null;
  isUseKnown?: boolean;
  deletedAt?: Date | null;
  recoverableUntil?: Date | null;
  isDestroyed?: boolean;
  stuckSince?: Date | null;
  stuckReason?: string | null;
  fingerprint?: string | null;
  lengthClass?: string | null;
  why?: string | null;
  line?: number | null;
  findingId?: string | null;
}

export interface Reading {
  secrets: ReadSecret[];
  /** Below these nothing could be read: what was known there is not gone. */
  unreadPaths: string[];
  product: string | null;
  /** Positive: the backend's clock is ahead. */
  clockSkewMs: number | null;
}

export interface ProofOfDenial {
  outcome: Proof;
  sentence: string;
  paths: number;
}

/** A server that keeps secrets, as the worker may see it. */
export interface BackendReader {
  kind: BackendKind;
  name: string;
  /** @throws BackendError */
  read(signal: AbortSignal): Promise<Reading>;
  /** Whether this identity could read the values of these secrets; it never does. @throws BackendError */
  prove(secrets: readonly ReadSecret[], signal: AbortSignal): Promise<ProofOfDenial>;
}

/** Why a backend could not be read: one sentence with what to do, and nothing that the backend sent. */
export class BackendError extends Error {
  override readonly name = 'BackendError';

  constructor(
    readonly problem: BackendProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const TLS_PROBLEMS: Readonly<Record<string, BackendProblem>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'tls_unknown_ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_unknown_ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_unknown_ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_unknown_ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_unknown_ca',
  CERT_UNTRUSTED: 'tls_unknown_ca',
  CERT_HAS_EXPIRED: 'tls_expired',
  CERT_NOT_YET_VALID: 'tls_not_yet_valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_name',
};

const SENTENCES: Partial<Record<BackendProblem, (host: string) => string>> = {
  tls_unknown_ca: (host) =>
    `The certificate of ${host} is signed by an unknown authority. Set VAULT_CACERT to the authority's certificate.`,
  tls_expired: (host) => `The certificate of ${host} has expired. Renew it.`,
  tls_not_yet_valid: (host) =>
    `The certificate of ${host} is not valid yet. Check the clocks of this host and of the backend.`,
  tls_name: (host) =>
    `The certificate is for another name than ${host}. Correct the address or the certificate.`,
  timeout: (host) => `${host} did not respond in time. Check that it is running and not overloaded.`,
};

function codeOf(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
  }
  return '';
}

/** What the network did, as a problem of the backend. */
export function networkProblem(error: unknown, host: string): BackendError {
  if (error instanceof BackendError) return error;
  const code = codeOf(error);
  const isLate = error instanceof Error && /^No response within/.test(error.message);
  const problem = isLate || code === 'ETIMEDOUT' ? 'timeout' : (TLS_PROBLEMS[code] ?? 'unreachable');
  const said = code === '' ? '' : ` (${code})`;
  const sentence =
    SENTENCES[problem]?.(host) ?? `Could not reach ${host}${said}. Check the address and that it is running.`;
  return new BackendError(problem, sentence, { cause: error });
}
