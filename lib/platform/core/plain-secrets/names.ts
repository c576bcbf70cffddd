/** What the name of a variable says of its value. */
export type NameKind =
  /** A password, a token: whatever stands there is a secret. */
  | 'secret'
  /** A key, a salt, a signature: a secret where the value is not an ordinary word. */
  | 'maybe'
  /** About a secret or made to be known: its length, its file, a public key. */
  | 'about'
  /** A digest or an identifier, which looks random and is none. */
  | 'identifier'
  | 'none';

const set = (words: string) => new Set(words.split(' '));

const SECRET = set(
  'PASSWORD PASSWORDS PASSWD PASS PWD PASSPHRASE PASSCODE SECRET SECRETS TOKEN TOKENS CREDENTIAL CREDENTIALS CREDS PEPPER PAT APIKEY SECRETKEY PRIVATEKEY ACCESSKEY AUTHKEY MASTERKEY MNEMONIC REQUIREPASS MASTERAUTH',
);
const SECRET_ENDS = /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY|SECRETKEY|PRIVATEKEY|ACCESSKEY)$/;
const MAYBE = set('KEY KEYS AUTH SALT SIGNATURE SIG SEED DSN COOKIE LICENSE OTP JWT HMAC');
/** What systems and base images set: the working folder, and whose public key signed a download. */
const HARMLESS = set('PWD OLDPWD GPG_KEY GPG_KEYS SSH_AUTH_SOCK');
/** Before KEY they leave no doubt. */
const OF_A_SECRET_KEY = set('API SECRET PRIVATE ENCRYPTION SIGNING MASTER CRYPT AES ROOT DEPLOY SERVICE');
const PUBLIC = set('PUBLIC PUBLISHABLE ANON PUB SITE');
/** What follows here is about the secret, not the secret. */
const ABOUT = set(
  'ID IDS NAME NAMES PATH PATHS DIR DIRECTORY URL URLS URI ENDPOINT HOST PORT TTL EXPIRY EXPIRES EXPIRATION AGE LENGTH LEN MIN MAX ENABLED DISABLED REQUIRED ALLOWED TYPE ALGORITHM ALG PREFIX SUFFIX HEADER ISSUER AUDIENCE COUNT LIMIT SIZE TIMEOUT INTERVAL VERSION POLICY REGION PROVIDER METHOD MODE DAYS HOURS MINUTES SECONDS FORMAT USER USERNAME LABEL HINT ROUNDS COST STORE STORAGE BACKEND MANAGER SCOPE SCOPES DRIVER CLASS PARAM FIELD COLUMN TABLE ARN REF SERVER DOMAIN EMAIL ROTATION ENCRYPTION AUTHENTICATION',
);
const IDENTIFIER = set(
  'COMMIT SHA SHA1 SHA256 SHA512 MD5 HASH DIGEST UUID GUID ID IDS VERSION BUILD REVISION REV CHECKSUM ETAG IMAGE FINGERPRINT INTEGRITY TAG REF TRACE REQUEST THUMBPRINT PATH LS_COLORS',
);

/** `dbPassword`, `db.password` and `DB_PASSWORD` are the same two words. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== '');
}

const isSecretWord = (word: string) =>
  SECRET.has(word) || SECRET_ENDS.test(word) || /^(?:DB|PG|MYSQL|SMTP|REDIS)(?:PASS|PWD)$/.test(word);

/** What a name says, read from its words. */
export function kindOfName(name: string): NameKind {
  if (HARMLESS.has(name.toUpperCase())) return 'identifier';
  const words = wordsOf(name);
  const last = words.findLast((word) => !/^\d+$/.test(word)) ?? '';
  const isPublic = words.some((word) => PUBLIC.has(word));
  const isKeyed = words.some(
    (word, i) =>
      isSecretWord(word) || ((word === 'KEY' || word === 'KEYS') && OF_A_SECRET_KEY.has(words[i - 1] ?? '')),
  );
  const isMaybe = words.some((word) => MAYBE.has(word));
  if ((isKeyed || isMaybe) && (isPublic || ABOUT.has(last))) return 'about';
  if (isKeyed) return 'secret';
  if (isMaybe) return 'maybe';
  return IDENTIFIER.has(last) ? 'identifier' : 'none';
}
