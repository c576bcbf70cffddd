const LINE_MAX = 1_000;
const HIDDEN = '[redacted]';

/** Shapes of tokens that must not be kept, whoever printed them. */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*/g,
  /\b(?:gh[opsur]|github_pat|glpat|npm|blw_[a-z]+|xox[abeoprs]|sk|rk|pk|whsec)[_-][A-Za-z0-9_-]{12,}/g,
  /\bA(?:KIA|SIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}\.?[A-Za-z0-9_-]*/g,
  /(?<=:\/\/)[^\s/@]+(?=@)/g,
  /(?<=\b(?:password|passwd|secret|token|api[_-]?key|authorization)\b["']?\s*[:=]\s*["']?)[^\s"',;]{4,}/gi,
  /\b[A-Za-z0-9+/_-]{40,}={0,2}(?![A-Za-z0-9+/_-])/g,
];
// biome-ignore lint/complexity/useRegexLiterals: written out, the control characters would stand in the source
const ESCAPES = new RegExp(
  '\\u001b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?|.)?',
  'g',
);
const UNSEEN = /[\p{Cc}\p{Cs}\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff]/gu;

/** One line as it may be kept and shown: without control characters, known secrets and what looks like a token. */
export function redactLine(line: string, secrets: readonly string[] = []): string {
  let text = line
    .slice(0, LINE_MAX * 4)
    .replace(ESCAPES, '')
    .replace(/\t/g, ' ')
    .replace(UNSEEN, '\ufffd');
  for (const secret of secrets) if (secret.length >= 6) text = text.replaceAll(secret, HIDDEN);
  for (const shape of SHAPES) text = text.replace(shape, HIDDEN);
  return text.length > LINE_MAX ? `${text.slice(0, LINE_MAX)}…` : text;
}
