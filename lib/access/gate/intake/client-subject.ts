/** Headers by which proxies say whose certificate they verified. */
export interface ClientCertificateHeaders {
  /** Traefik, passTLSClientCert with `info.subject`. */
  traefik: string | null;
  /** Envoy, XFCC. */
  envoy: string | null;
  /** nginx: $ssl_client_s_dn, and $ssl_client_verify beside it. */
  nginx: string | null;
  nginxVerify: string | null;
}

const SUBJECT = /(?:^|[;,])Subject="((?:[^"\\]|\\.)*)"/g;
const TEXT_MAX = 8 * 1024;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The subjects of a list of certificates, in their order. */
function subjectsIn(text: string): string[] {
  return [...text.slice(0, TEXT_MAX).matchAll(SUBJECT)].map((match) =>
    (match[1] ?? '').replaceAll('\\"', '"'),
  );
}

/**
 * The subject of the client's certificate. Traefik names the client's first, Envoy the nearest hop's last.
 * @param headers of a trusted proxy; nothing is believed of anyone else
 * @returns null where none was verified, or more than one header speaks of it
 */
export function clientSubjectOf(headers: ClientCertificateHeaders): string | null {
  const said = [headers.traefik, headers.envoy, headers.nginx].filter(
    (value) => value !== null && value !== '',
  );
  if (said.length !== 1) return null;
  if (headers.traefik) return subjectsIn(decoded(headers.traefik) ?? '')[0] ?? null;
  if (headers.envoy) return subjectsIn(headers.envoy).at(-1) ?? null;
  return headers.nginxVerify === 'SUCCESS' ? headers.nginx : null;
}

/** The parts of a distinguished name (RFC 4514), whatever their order and the blanks between them. */
function partsOf(name: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < name.length; i++) {
    const character = name[i] ?? '';
    if (character === '\\') {
      part += character + (name[i + 1] ?? '');
      i += 1;
    } else if (character === ',' || character === ';') {
      parts.push(part);
      part = '';
    } else part += character;
  }
  parts.push(part);
  return parts
    .map((one) => one.trim().replace(/^([A-Za-z0-9.]+)\s*=\s*/, (_, type) => `${type.toUpperCase()}=`))
    .filter(Boolean);
}

/**
 * Whether a certificate is the one that a source names.
 * @param named a whole subject, or its common name alone
 */
export function isSubject(named: string, presented: string | null): boolean {
  if (presented === null) return false;
  const has = partsOf(presented);
  const wants = named.includes('=') ? partsOf(named) : [`CN=${named}`];
  if (wants.length === 1 && wants[0]?.startsWith('CN=')) {
    const names = has.filter((part) => part.startsWith('CN='));
    return names.length === 1 && names[0] === wants[0];
  }
  const sorted = (parts: readonly string[]) => [...parts].sort().join('\u0000');
  return wants.length > 0 && sorted(wants) === sorted(has);
}
