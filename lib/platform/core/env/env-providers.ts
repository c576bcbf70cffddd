import { isPlaceholder } from './env-rules';

/** A way to sign in. `id` is the last segment of /api/auth/callback/<id>. */
export type SignInProvider =
  | { kind: 'github' | 'google'; id: string; label: string; clientId: string; clientSecret: string }
  | {
      kind: 'oidc' | 'local';
      id: string;
      label: string;
      issuer: string;
      clientId: string;
      clientSecret: string;
    }
  | {
      kind: 'supabase';
      id: 'supabase';
      label: string;
      issuer: string;
      /** The project's origin. */
      url: string;
      /** The provider behind it, as GoTrue names it: github, google, azure ... */
      via: string;
      /** GoTrue knows no clients; next-auth wants an id. */
      clientId: string;
      /** The publishable (anon) key. */
      clientSecret: string;
    };

export interface ProviderReading {
  providers: SignInProvider[];
  problems: string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

const RESERVED_NAMES = new Set(['github', 'google', 'local', 'supabase']);

function readPair(kind: 'github' | 'google', label: string, variables: Variables): ProviderReading {
  const prefix = kind.toUpperCase();
  const clientId = variables[`${prefix}_CLIENT_ID`];
  const clientSecret = variables[`${prefix}_CLIENT_SECRET`];
  if (!clientId && !clientSecret) return { providers: [], problems: [] };
  if (!clientId)
    return {
      providers: [],
      problems: [`${prefix}_CLIENT_ID is not set, but ${prefix}_CLIENT_SECRET is. Set both.`],
    };
  if (!clientSecret)
    return {
      providers: [],
      problems: [`${prefix}_CLIENT_SECRET is not set, but ${prefix}_CLIENT_ID is. Set both.`],
    };
  return {
    providers: [{ kind, id: kind, label, clientId, clientSecret }],
    problems: placeholderProblems(`${prefix}_CLIENT_SECRET`, clientSecret),
  };
}

function placeholderProblems(name: string, value: string): string[] {
  return isPlaceholder(value) ? [`${name} is a placeholder. Copy the secret from the provider.`] : [];
}

function issuerProblem(name: string, issuer: string): string | null {
  if (!URL.canParse(issuer)) return `${name} must be the issuer's URL, exactly as the provider states it.`;
  const { protocol, hostname } = new URL(issuer);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1';
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback)) return null;
  return `${name} must be an https URL.`;
}

function readOidc(name: string, variables: Variables): ProviderReading {
  const prefix = `OIDC_${name}`;
  const issuer = variables[`${prefix}_ISSUER`];
  const clientId = variables[`${prefix}_CLIENT_ID`];
  const clientSecret = variables[`${prefix}_CLIENT_SECRET`];
  const id = name.toLowerCase().replaceAll('_', '-');
  const problems: string[] = [];
  if (RESERVED_NAMES.has(id))
    problems.push(`${prefix}_ISSUER uses the reserved name ${name}. Choose another name.`);
  if (!issuer)
    problems.push(`${prefix}_ISSUER is not set. A provider needs _ISSUER, _CLIENT_ID and _CLIENT_SECRET.`);
  if (!clientId)
    problems.push(`${prefix}_CLIENT_ID is not set. A provider needs _ISSUER, _CLIENT_ID and _CLIENT_SECRET.`);
  if (!clientSecret)
    problems.push(
      `${prefix}_CLIENT_SECRET is not set. A provider needs _ISSUER, _CLIENT_ID and _CLIENT_SECRET.`,
    );
  if (clientSecret) problems.push(...placeholderProblems(`${prefix}_CLIENT_SECRET`, clientSecret));
  const badIssuer = issuer ? issuerProblem(`${prefix}_ISSUER`, issuer) : null;
  if (badIssuer) problems.push(badIssuer);
  if (problems.length > 0 || !issuer || !clientId || !clientSecret) return { providers: [], problems };
  const label = variables[`${prefix}_LABEL`] ?? name;
  return { providers: [{ kind: 'oidc', id, label, issuer, clientId, clientSecret }], problems };
}

/** GoTrue has no sign-in page of its own: the browser goes on to the provider that SUPABASE_SIGN_IN names. */
function readSupabase(variables: Variables): ProviderReading {
  const { SUPABASE_SIGN_IN: via, SUPABASE_URL: url, SUPABASE_ANON_KEY: anonKey } = variables;
  if (!via) return { providers: [], problems: [] };
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9_]{1,40}$/.test(via)) {
    problems.push(
      'SUPABASE_SIGN_IN must be the name of a provider of the project, such as github or google.',
    );
  }
  if (!url) problems.push('SUPABASE_SIGN_IN is set, but SUPABASE_URL is not. Set both.');
  if (!anonKey)
    problems.push('SUPABASE_SIGN_IN needs SUPABASE_ANON_KEY, the publishable key of the project.');
  if (problems.length > 0 || !url || !anonKey || !URL.canParse(url)) return { providers: [], problems };
  const { origin } = new URL(url);
  const issuer = variables.SUPABASE_JWT_ISSUER ?? `${origin}/auth/v1`;
  const common = { kind: 'supabase', id: 'supabase', label: 'Supabase', clientId: 'bulwark' } as const;
  return { providers: [{ ...common, issuer, url: origin, via, clientSecret: anonKey }], problems };
}

const OIDC_VARIABLE = /^OIDC_([A-Z0-9_]+?)_(?:ISSUER|CLIENT_ID|CLIENT_SECRET|LABEL)$/;

/** Providers configured by environment, in the order in which their buttons appear. */
export function readProviders(variables: Variables): ProviderReading {
  const names = new Set<string>();
  for (const [key, value] of Object.entries(variables)) {
    const name = value ? OIDC_VARIABLE.exec(key)?.[1] : undefined;
    if (name) names.add(name);
  }
  const readings = [
    readPair('github', 'GitHub', variables),
    readPair('google', 'Google', variables),
    readSupabase(variables),
    ...[...names].sort().map((name) => readOidc(name, variables)),
  ];
  return { providers: readings.flatMap((r) => r.providers), problems: readings.flatMap((r) => r.problems) };
}
