import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  rootCertificates,
  type TLSSocket,
} from 'node:tls';
import type { ParametersOf } from '@/lib/assurance/checklist/check-kinds';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { type CheckSources, counted, nothingSeen, type RunCheck, resultOf, seen } from './check';

const HANDSHAKE_MS = 10_000;
const MODERN = new Set(['TLSv1.2', 'TLSv1.3']);

interface Place {
  host: string;
  port: number;
}

interface Handshake {
  protocol: string;
  /** Why the chain is not trusted; null where it is. */
  chainProblem: string | null;
  nameProblem: string | null;
  validFromMs: number;
  validToMs: number;
  subject: string;
  issuer: string;
  sha256: string;
}

function dial(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(HANDSHAKE_MS, () => fail(new Error('no answer within 10 s')));
    socket.once('error', fail);
    socket.once('secureConnect', () => resolve(socket));
    signal.addEventListener('abort', () => fail(new Error('no answer in time')), { once: true });
  });
}

const serverName = (host: string) => (isIP(host) === 0 ? { servername: host } : {});

async function shakeHands(place: Place, ca: string[], signal: AbortSignal): Promise<Handshake> {
  const socket = await dial(
    { host: place.host, port: place.port, ...serverName(place.host), rejectUnauthorized: false, ca },
    signal,
  );
  try {
    const peer = socket.getPeerCertificate(true);
    const certificate = new X509Certificate(peer.raw);
    return {
      protocol: socket.getProtocol() ?? 'unknown',
      chainProblem: socket.authorized ? null : String(socket.authorizationError),
      nameProblem: checkServerIdentity(place.host, peer)?.message ?? null,
      validFromMs: Date.parse(certificate.validFrom),
      validToMs: Date.parse(certificate.validTo),
      subject: certificate.subject ?? '',
      issuer: certificate.issuer,
      sha256: certificate.fingerprint256,
    };
  } finally {
    socket.destroy();
  }
}

/** Whether the host still speaks TLS 1.0 or 1.1; a refusal in any form is a no. */
async function speaksOldTls(place: Place, signal: AbortSignal): Promise<boolean> {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  try {
    const socket = await dial(
      { host: place.host, port: place.port, ...serverName(place.host), rejectUnauthorized: false, ...old },
      signal,
    );
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

const CHAIN_WORDS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'chains to an untrusted certificate authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'is signed by an unknown authority, or its intermediate certificates are missing',
};

/** What a handshake says of a certificate at a moment. */
export function judgeHandshake(
  name: string,
  hand: Handshake,
  { failWithin, warnWithin }: Pick<ParametersOf<'tls'>, 'failWithin' | 'warnWithin'>,
  nowMs: number,
): Observation {
  const leftMs = hand.validToMs - nowMs;
  const left = Math.floor(leftMs / DAY_MS);
  if (leftMs <= 0) return seen(name, 'fail', `the certificate expired on ${day(hand.validToMs)}`);
  if (hand.validFromMs > nowMs)
    return seen(name, 'fail', `the certificate is valid only from ${day(hand.validFromMs)}`);
  if (hand.nameProblem) return seen(name, 'fail', 'the certificate is for another name');
  if (hand.chainProblem) {
    const words = CHAIN_WORDS[hand.chainProblem] ?? `is not trusted (${hand.chainProblem})`;
    return seen(name, 'fail', `the certificate ${words}`);
  }
  if (!MODERN.has(hand.protocol)) return seen(name, 'fail', `it speaks ${hand.protocol} at most`);
  if (leftMs <= failWithin)
    return seen(name, 'fail', `the certificate expires in ${left} days, on ${day(hand.validToMs)}`);
  if (leftMs <= warnWithin)
    return seen(name, 'warn', `the certificate expires in ${left} days, on ${day(hand.validToMs)}`);
  return seen(name, 'pass', `valid until ${day(hand.validToMs)}, ${hand.protocol}`);
}

function ownPlaces({ consoleUrl, gateUrl }: CheckSources): Place[] {
  return [consoleUrl, gateUrl]
    .map((text) => new URL(text))
    .filter((url) => url.protocol === 'https:')
    .map((url) => ({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443) }));
}

const nameOf = ({ host, port }: Place) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The certificates that the declared hosts, and this Bulwark's own https addresses, present to the worker. */
export const checkTls: RunCheck<'tls'> = async ({ scope, parameters, sources, nowMs, signal }) => {
  const places = new Map([...ownPlaces(sources), ...scope.hosts].map((place) => [nameOf(place), place]));
  if (places.size === 0)
    return nothingSeen(
      'not_available',
      'No hosts declared, and this Bulwark does not use HTTPS. List hosts under scope.hosts.',
    );
  const ca = [...rootCertificates, ...(parameters.caFile ? [await readFile(parameters.caFile, 'utf8')] : [])];
  const hands: Record<string, unknown> = {};
  const observations = await Promise.all(
    [...places].map(async ([name, place]) => {
      try {
        const hand = await shakeHands(place, ca, signal);
        hands[name] = hand;
        const judged = judgeHandshake(name, hand, parameters, nowMs);
        if (judged.outcome === 'fail' || !(await speaksOldTls(place, signal))) return judged;
        return seen(name, 'fail', 'it still accepts TLS 1.1 or older');
      } catch (error) {
        return seen(
          name,
          'error',
          `no TLS handshake: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  );
  return resultOf('hosts', observations, {
    facts: { handshakes: hands },
    well: `${counted(observations.length, 'host has a valid certificate', 'hosts have valid certificates')}.`,
  });
};
