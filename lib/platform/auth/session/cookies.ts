/** Names of our cookies. With https every one carries `__Host-`, so that no sibling host can set or see it (ASVS 3.3.3). */
export interface CookieNames {
  session: string;
  callbackUrl: string;
  csrf: string;
  pkce: string;
  state: string;
  nonce: string;
}

export function cookieNames(isHttps: boolean): CookieNames {
  const prefix = isHttps ? '__Host-bulwark-' : 'bulwark-';
  return {
    session: `${prefix}session`,
    callbackUrl: `${prefix}return-to`,
    csrf: `${prefix}csrf`,
    pkce: `${prefix}pkce`,
    state: `${prefix}state`,
    nonce: `${prefix}nonce`,
  };
}

export const cookieOptions = (isHttps: boolean) =>
  ({ httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps }) as const;

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The values of each cookie in a `Cookie` header; a name that was sent twice keeps both. */
export function readCookies(header: string | null): Map<string, string[]> {
  const cookies = new Map<string, string[]>();
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const name = pair.slice(0, at).trim();
    const value = decoded(pair.slice(at + 1).trim());
    cookies.set(name, [...(cookies.get(name) ?? []), value]);
  }
  return cookies;
}

/** The `Set-Cookie` value that ends the session cookie in the browser. */
export function expiredSessionCookie(isHttps: boolean): string {
  const secure = isHttps ? '; Secure' : '';
  return `${cookieNames(isHttps).session}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secure}`;
}
