/** One form of secret that can be told from the value alone. */
interface Shape {
  what: string;
  form: RegExp;
}

/** Every form is bounded and has no nested repetition: a hostile value costs no more than its length. */
const SHAPES: readonly Shape[] = [
  { what: 'private key', form: /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----/ },
  { what: 'GitHub token', form: /\b(?:gh[oprsu]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})/ },
  { what: 'GitLab token', form: /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[A-Za-z0-9_-]{16,}/ },
  { what: 'Stripe key', form: /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/ },
  { what: 'Stripe webhook secret', form: /\bwhsec_[A-Za-z0-9+/=]{16,}/ },
  { what: 'Slack token', form: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/ },
  { what: 'Slack webhook', form: /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{10,}/ },
  { what: 'Discord webhook', form: /discord(?:app)?\.com\/api\/webhooks\/\d{5,}\/[A-Za-z0-9_-]{20,}/ },
  { what: 'Teams webhook', form: /\.webhook\.office\.com\/webhookb2\/[A-Za-z0-9@/-]{20,}/ },
  { what: 'Google API key', form: /\bAIza[A-Za-z0-9_-]{35}/ },
  { what: 'Google OAuth secret', form: /\bGOCSPX-[A-Za-z0-9_-]{20,}/ },
  { what: 'SendGrid key', form: /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/ },
  { what: 'Sentry token', form: /\bsntry[su]_[A-Za-z0-9+/=_-]{10,}/ },
  { what: 'Vault token', form: /\bhv[bs]\.[A-Za-z0-9_-]{20,}|^s\.[A-Za-z0-9]{24}$/ },
  { what: 'npm token', form: /\bnpm_[A-Za-z0-9]{30,}/ },
  { what: 'PyPI token', form: /\bpypi-[A-Za-z0-9_-]{40,}/ },
  { what: 'DigitalOcean token', form: /\bdo[opr]_v1_[a-f0-9]{40,}/ },
  { what: 'Shopify token', form: /\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}/ },
  { what: 'OpenAI or Anthropic key', form: /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{20,}/ },
  { what: 'Hugging Face token', form: /\bhf_[A-Za-z0-9]{30,}/ },
  { what: 'Telegram bot token', form: /\b\d{8,10}:AA[A-Za-z0-9_-]{30,}/ },
  { what: 'Twilio key', form: /\bSK[a-f0-9]{32}\b/ },
  { what: 'Mailgun key', form: /\bkey-[a-f0-9]{32}\b/ },
  { what: 'Doppler token', form: /\bdp\.(?:pt|st|ct|scim|audit)\.[A-Za-z0-9.]{30,}/ },
  { what: 'Docker Hub token', form: /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/ },
  { what: 'Grafana token', form: /\bgl(?:sa|c)_[A-Za-z0-9+/=_]{20,}/ },
  { what: 'Linear or Notion key', form: /\b(?:lin_api_|ntn_|secret_)[A-Za-z0-9]{30,}/ },
  { what: 'Supabase secret key', form: /\bsb_secret_[A-Za-z0-9_-]{16,}|\bsbp_[a-f0-9]{40}/ },
  { what: 'age key', form: /\bAGE-SECRET-KEY-1[0-9A-Z]{50,}/ },
  { what: 'Bulwark key', form: /\bblw_(?:live|test)_[0-9A-Za-z]{40,}/ },
  { what: 'JSON web token', form: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{2,}/ },
  { what: 'storage account key', form: /\bAccountKey=[A-Za-z0-9+/=]{20,}/i },
  { what: 'HTTP credentials', form: /^(?:Basic [A-Za-z0-9+/]{8,}={0,2}|Bearer [A-Za-z0-9._~+/-]{8,}=*)$/i },
];

/** The kind of token that the text holds, or null. */
export function tokenIn(text: string): string | null {
  return SHAPES.find(({ form }) => form.test(text))?.what ?? null;
}

const USER_INFO = /^[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/@:?#]{0,200}:([^\s@/]{1,500})@/i;
const NAMED_PASSWORD =
  /(?:^|[;?&\s])(?:password|passwd|pwd|passphrase|requirepass|secret|access_token|api_?key|sig)=([^;&\s]{1,500})/i;

/** The password within a connection string or a URL, or null. */
export function passwordIn(text: string): string | null {
  const url = text.replace(/^jdbc:/i, '');
  const found = USER_INFO.exec(url)?.[1] ?? NAMED_PASSWORD.exec(url)?.[1] ?? null;
  return found === '' ? null : found;
}

/** Shannon's entropy of the characters, in bits each. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RANDOM_LENGTH_MIN = 32;
const HEX_BITS_MIN = 3;
const TEXT_BITS_MIN = 4;

/** Whether a value looks drawn at random, whatever its name: long, one word, as mixed as chance makes it. */
export function looksRandom(text: string): boolean {
  if (text.length < RANDOM_LENGTH_MIN || UUID.test(text) || !/^[A-Za-z0-9+/=_-]+$/.test(text)) return false;
  if (/^[0-9a-f]+$/i.test(text))
    return entropyOf(text) >= HEX_BITS_MIN && /\d/.test(text) && /[a-f]/i.test(text);
  const classes = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  return classes === 3 && entropyOf(text) >= TEXT_BITS_MIN;
}

const ORDINARY =
  /^(?:true|false|yes|no|on|off|null|none|auto|default|enabled|disabled|\d{1,7}(?:\.\d+)?(?:ms|s|m|h|d|kb|mb|gb)?)$/i;
const PLACE = /^(?:[a-z][a-z0-9+.-]*:\/\/|\.{0,2}\/|~\/|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$)/i;

/** Whether a value that stands under a doubtful name (a key, a salt) is more than an ordinary word, a switch or a place. */
export function isUnguessable(text: string): boolean {
  if (text.length < 8 || ORDINARY.test(text) || PLACE.test(text)) return false;
  const isMixed = /\d/.test(text) && /[A-Za-z]/.test(text);
  return (
    isMixed ||
    (text.length >= 16 && entropyOf(text) >= HEX_BITS_MIN && !/^[a-z]+(?:[_\s.-][a-z]+)*$/i.test(text))
  );
}

/** A switch, a number, a duration: no secret, whatever its name. */
export const isSwitch = (text: string): boolean => /^(?:true|false|yes|no|on|off|null|none)$/i.test(text);
