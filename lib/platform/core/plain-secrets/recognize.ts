import { kindOfName } from './names';
import { isSwitch, isUnguessable, looksRandom, passwordIn, tokenIn } from './shapes';

/**
 * What a value is. `plain`: the secret itself is written there, `why` says how that was told. `reference`: it stands for a
 * secret that lives in `to`. Neither ever holds a part of the value of a secret.
 */
export type Recognition = { is: 'plain'; why: string } | { is: 'reference'; to: string } | { is: 'other' };

export interface RecognizeOptions {
  /** `$NAME` and `${NAME}` are not replaced here: of a running process, in single quotes. */
  isLiteral?: boolean;
}

const OTHER: Recognition = { is: 'other' };
const plain = (why: string): Recognition => ({ is: 'plain', why });
const reference = (to: string): Recognition => ({ is: 'reference', to });

const LENGTH_MAX = 64 * 1024;
const PATH_SEGMENT = '[A-Za-z0-9_.-]+';

/** Addresses of secret backends: each in its whole form, so that `vault:hunter2` is none. */
const BACKENDS: readonly RegExp[] = [
  new RegExp(`^(?:vault|bao|kv):(?://)?${PATH_SEGMENT}(?:/${PATH_SEGMENT})+(?:#${PATH_SEGMENT}){0,2}$`),
  /^op:\/\/[^/\s]+\/[^/\s]+\/\S+$/,
  /^arn:aws[a-z-]*:(?:secretsmanager|ssm):[a-z0-9-]+:\d{12}:\S+$/,
  /^(?:aws-sm|aws-ssm|aws-secretsmanager|gcp-sm|gcpsm|sm|azure-kv|azurekeyvault|doppler|infisical|akeyless|bws):\/\/\S*[A-Za-z]\S*\/\S+$/,
  /^projects\/[^/\s]+\/secrets\/[^/\s]+(?:\/versions\/[^/\s]+)?$/,
  /^@Microsoft\.KeyVault\([^)]+\)$/,
  /^ref\+[a-z0-9]+:\/\/\S+$/,
  /^(?:secretRef|secret|ssm|secretsmanager):\/?\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)+$/,
];
const ENCRYPTED = /^ENC\[AES256_GCM,data:/;
const TEMPLATE = /^(?:\{\{[^}]+\}\}|\$\{\{[^}]+\}\}|<%[^%]+%>|%\{[^}]+\}|%[A-Z_][A-Z0-9_]*%)$/;
const BLANK_TO_FILL = /^<[^<>]*(?:your|insert|change|replace|here|\.\.\.)[^<>]*>$/i;
/** Where mounted secrets lie; another value that begins with a slash may as well be a password. */
const MOUNTED = /^\/(?:run|var|etc|vault|mnt|secrets?|opt|home|root|srv|data|usr|tmp|app)\/[^\s'"]+$/;
const PATH = /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\|%[A-Z]+%\\)[^\s'"]+$/;
const COMMAND =
  /^(?:\$\(|`)\s*(?:<|cat|vault|bao|op|aws|gcloud|az|sops|pass|doppler|openssl\s+rand|kubectl|secret-tool|bw)\b[^`]*[)`]$/;
/** Groups: the name in braces, its operator, what stands beside it; the bare name; the name of a Kubernetes reference. */
const VARIABLE =
  /\$\{([A-Za-z_][\w.]*)(?:(:?[-?+=])([^{}]*))?\}|\$([A-Z_][A-Z0-9_]*)(?![A-Za-z0-9_])|\$\(([A-Z_][A-Z0-9_]*)\)/g;

function elsewhere(value: string): Recognition | null {
  if (BACKENDS.some((form) => form.test(value))) return reference(value);
  if (ENCRYPTED.test(value)) return reference('a value encrypted with SOPS');
  if (TEMPLATE.test(value) || BLANK_TO_FILL.test(value)) return reference('a template');
  if (COMMAND.test(value)) return reference('the output of a command');
  return null;
}

const NESTED_MAX = 5;

/** Replaces variables from the innermost out. @param isFilled by what stands beside them (`:-`, `:+`), else by nothing */
function replaceVariables(value: string, isFilled: boolean, names = new Set<string>()): string {
  let text = value;
  for (let depth = 0; depth < NESTED_MAX; depth++) {
    const next = text.replaceAll(
      VARIABLE,
      (_, braced?: string, operator = '', beside = '', bare?: string, kube?: string) => {
        names.add(braced ?? bare ?? kube ?? '');
        return isFilled && /[-=+]$/.test(operator) ? beside : '';
      },
    );
    if (next === text) break;
    text = next;
  }
  return text;
}

/** A value without references: told by its form, or by what its name says of it. */
function recognizeText(name: string, value: string): Recognition {
  const nameKind = kindOfName(name);
  const token = tokenIn(value);
  if (token && nameKind !== 'about') return plain(`the value is a ${token}`);
  const password = passwordIn(value);
  if (password && elsewhere(password) === null) return plain('the address contains a password');
  if (token && !/public|publishable|anon/i.test(name)) return plain(`the value is a ${token}`);
  if (nameKind === 'secret') return isSwitch(value) ? OTHER : plain('the name says so');
  if (nameKind === 'maybe' && isUnguessable(value))
    return plain('the name suggests it, and the value is no ordinary word');
  if (nameKind === 'none' && looksRandom(value)) return plain('the value looks random');
  return OTHER;
}

const isTelling = (text: string) =>
  tokenIn(text) !== null || passwordIn(text) !== null || isUnguessable(text.trim());

function recognizeMixed(name: string, value: string): Recognition {
  const names = new Set<string>();
  const rest = replaceVariables(value, false, names);
  if (names.size === 0) return recognizeText(name, value);
  const written = recognizeText(name, rest);
  if (rest.trim() !== '' && written.is === 'plain' && isTelling(rest)) return written;
  const filled = replaceVariables(value, true);
  if (filled.trim() !== rest.trim() && recognizeText(name, filled).is === 'plain')
    return plain('a fallback value is written out');
  const kind = kindOfName(name);
  return kind === 'secret' || kind === 'maybe' || passwordIn(value) !== null
    ? reference(`the variable ${[...names].join(', ')}`)
    : OTHER;
}

/** `PASSWORD_FILE=/run/secrets/password`; a value that is no path was meant to be the secret. */
function recognizeFile(name: string, value: string): Recognition {
  const of = name.replace(/[_.-]?FILE$/i, '');
  const kind = kindOfName(of);
  if (kind !== 'secret' && kind !== 'maybe') return recognizeText(name, value);
  if (PATH.test(value) || /^[\w-]+(?:[/\\][\w.-]+)+$/.test(value) || /^\$\{?[A-Za-z_]\w*\}?/.test(value))
    return reference(value);
  return kind === 'secret' || isUnguessable(value)
    ? plain('the name says file, but the value is no path')
    : OTHER;
}

/**
 * Tells a secret that is written out from one that stands elsewhere, by the name and the form of the value. Pure; the same
 * judgement is used by the command line, by the checklist and by imports.
 * @param name of the variable, such as `DB_PASSWORD` or `db.password`
 * @param value as the program would read it, without quotes around it
 */
export function recognize(
  name: string,
  value: string,
  { isLiteral = false }: RecognizeOptions = {},
): Recognition {
  const text = value.trim().slice(0, LENGTH_MAX);
  if (text === '') return OTHER;
  if (/FILE$/i.test(name)) return recognizeFile(name, text);
  const there = elsewhere(text);
  const kind = kindOfName(name);
  const isAboutSecrets = kind === 'secret' || kind === 'maybe';
  if (there) return isAboutSecrets ? there : OTHER;
  if (kind === 'secret' && MOUNTED.test(text)) return reference(text);
  return isLiteral ? recognizeText(name, text) : recognizeMixed(name, text.replaceAll('$$', '\u0000'));
}
