const PATH_LENGTH_MAX = 8_192;

const SLASH = 0x2f;
const QUESTION = 0x3f;
const DOT = 0x2e;

const HEX = '0123456789ABCDEF';
/** What may stand in a path as it is (RFC 3986 pchar), without `;`, which some servers cut paths at. */
const PLAIN = /[A-Za-z0-9._~!$&'()*+,=:@-]/;
/** Printable, but not allowed as it is: browsers send some of these all the same. Written as its escape. */
const ESCAPED = /["<>[\]^`{|}]/;
/** Refused also when escaped: a server that decodes once more, or treats `\` as `/`, would see another path. */
const DANGEROUS = /[./\\%;]/;
/** Full-width forms that some file systems and databases fold into the above. */
const FOLDED = /[\uff0f\uff3c\uff0e\uff05\uff1b]/;

const KIND = { refused: 0, plain: 1, escaped: 2 } as const;
const kinds = new Uint8Array(128);
for (let code = 0x21; code < 0x7f; code++) {
  const char = String.fromCharCode(code);
  if (PLAIN.test(char) || char === '/') kinds[code] = KIND.plain;
  else if (ESCAPED.test(char) || char === '%') kinds[code] = KIND.escaped;
}

/** A run of escapes beyond ASCII, any other escape, a character to be escaped. */
const NOT_CANONICAL = /(?:%[89A-Fa-f][0-9A-Fa-f])+|%.{0,2}|["<>[\]^`{|}]/g;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function escapeOf(byte: number): string {
  return `%${HEX[byte >>> 4]}${HEX[byte & 15]}`;
}

/** Escaped bytes beyond ASCII must be UTF-8 in its shortest form, and no control or folded character. */
function isCleanText(bytes: Uint8Array): boolean {
  try {
    const text = utf8.decode(bytes);
    return !/[\u0080-\u009f]/.test(text) && !FOLDED.test(text);
  } catch {
    return false;
  }
}

/** One escaped ASCII character in its canonical form; null where it is refused. */
function canonicalAscii(byte: number): string | null {
  if (byte < 0x20 || byte === 0x7f) return null;
  const char = String.fromCharCode(byte);
  if (DANGEROUS.test(char)) return null;
  return kinds[byte] === KIND.plain ? char : escapeOf(byte);
}

/** What `NOT_CANONICAL` found, in its canonical form; null where it is refused. */
function canonicalPart(part: string): string | null {
  if (!part.startsWith('%')) return escapeOf(part.charCodeAt(0));
  if (!/^(?:%[0-9A-Fa-f]{2})+$/.test(part)) return null;
  const bytes = Buffer.from(part.replaceAll('%', ''), 'hex');
  const [first = 0] = bytes;
  if (first < 0x80) return canonicalAscii(first);
  return isCleanText(bytes) ? part.toUpperCase() : null;
}

function rewrite(path: string): string | null {
  let isRefused = false;
  const canonical = path.replace(NOT_CANONICAL, (part) => {
    const text = canonicalPart(part);
    if (text === null) isRefused = true;
    return text ?? '';
  });
  return isRefused ? null : canonical;
}

/**
 * The one spelling of a request's path: without its query, harmless escapes decoded, all others in capitals.
 * @param target a path with or without a query, as it stands in a request line
 * @returns null where servers disagree about what the path means: `//`, a segment that ends with a dot (`..`, `api..`),
 * `;`, a backslash, control characters, raw bytes beyond ASCII, escapes of `.` `/` `\` `%` `;`, overlong UTF-8, a
 * fragment, an absolute URL, more than 8,192 characters. Such a request is refused, never guessed at.
 */
export function normalizePath(target: string): string | null {
  const length = Math.min(target.length, PATH_LENGTH_MAX + 1);
  if (target.charCodeAt(0) !== SLASH) return null;
  let isCanonical = true;
  let last = 0;
  let end = 0;
  for (; end < length; end++) {
    const code = target.charCodeAt(end);
    if (code === QUESTION) break;
    const kind = code < 0x80 ? kinds[code] : KIND.refused;
    if (kind === KIND.refused || (code === SLASH && (last === SLASH || last === DOT))) return null;
    if (kind === KIND.escaped) isCanonical = false;
    last = code;
  }
  if (end > PATH_LENGTH_MAX || last === DOT) return null;
  const path = end === target.length ? target : target.slice(0, end);
  return isCanonical ? path : rewrite(path);
}

const HOST =
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*|\[[0-9a-f:.]{2,45}\])$/;
const HOST_LENGTH_MAX = 253;

/**
 * A host as it stands in a Host header, in small letters and without its port.
 * @returns null where it is none, such as two hosts in one header or a host that ends with a dot
 */
export function normalizeHost(header: string): string | null {
  const port = /:\d{1,5}$/.exec(header);
  const host = (port ? header.slice(0, port.index) : header).toLowerCase();
  return host.length <= HOST_LENGTH_MAX && HOST.test(host) ? host : null;
}
