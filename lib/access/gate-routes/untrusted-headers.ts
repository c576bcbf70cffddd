/**
 * What only a proxy may say: who asks, where from, how, and for which address. Services believe these names because
 * some proxy in front of some service sets them, so a client that sends one speaks for a proxy. The files in deploy/
 * remove them all on the way to the service (`npm run verify -- --write` writes them there).
 */

/** Set by our own files with what the proxy knows itself. */
export const SET_BY_PROXY = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Real-Ip',
] as const;

/** Whole families, for proxies that can remove by the beginning of a name. */
export const UNTRUSTED_PREFIXES = [
  'X-Forwarded-',
  'X-Original-',
  'X-Envoy-',
  'Remote-',
  'X-Remote-',
  'X-Auth-',
  'X-User-',
  'X-Authenticated-',
  'X-Authentik-',
  'X-Authelia-',
  'X-Pomerium-',
  'X-Vouch-',
  'X-Webauth-',
  'X-Consumer-',
  'X-Token-',
  'X-Goog-Authenticated-',
  'X-Goog-Iap-',
  'X-Amzn-Oidc-',
  'X-Ms-Client-Principal',
  'X-Ssl-',
  'Ssl-Client-',
  'X-Client-Cert',
  'Tailscale-',
  'Cf-',
] as const;

const family = (prefix: string, ends: string) => ends.split(' ').map((end) => `${prefix}${end}`);

/** Every name that is in use somewhere, for proxies that can remove only what they are told by name. */
export const UNTRUSTED_HEADERS: readonly string[] = [
  'Forwarded',
  'X-Forwarded',
  ...family(
    'X-Forwarded-',
    'Server Scheme Ssl Prefix Path Uri Method By User Email Groups Preferred-Username Access-Token Client-Cert Tls-Client-Cert Tls-Client-Cert-Info',
  ),
  ...family('X-Original-', 'Url Uri Method Host Path Forwarded-For Remote-Addr'),
  ...family('X-Envoy-', 'Original-Path Original-Method External-Address Internal'),
  'X-Rewrite-Url',
  'X-Override-Url',
  'X-Http-Method-Override',
  'X-Http-Method',
  'X-Method-Override',
  ...family('Remote-', 'User Email Name Groups'),
  ...family('X-Remote-', 'User Email Name Groups Addr Ip'),
  ...family(
    'X-Auth-',
    'User Username User-Id Email Name Role Roles Groups Token Code Status Redirect Reason',
  ),
  ...family('X-Auth-Request-', 'User Email Groups Preferred-Username Access-Token Redirect'),
  'X-User',
  'X-Username',
  'X-Email',
  'X-Userinfo',
  ...family('X-User-', 'Id Name Email Role Roles Groups Permissions'),
  ...family('X-Authenticated-', 'User Userid User-Id Email Groups Scope'),
  ...family(
    'X-Authentik-',
    'Username Groups Entitlements Email Name Uid Jwt Meta-Jwks Meta-Outpost Meta-Provider Meta-App Meta-Version',
  ),
  ...family('X-Pomerium-', 'Jwt-Assertion Claim-Email Claim-User Claim-Groups'),
  ...family('X-Vouch-', 'User Success Idp-Accesstoken Idp-Idtoken'),
  ...family('X-Webauth-', 'User Name Email Role Groups'),
  ...family('X-Consumer-', 'Id Username Custom-Id Groups'),
  'X-Anonymous-Consumer',
  'X-Credential-Identifier',
  ...family('X-Token-', 'Subject User-Name User-Email'),
  ...family('X-Goog-Authenticated-User-', 'Email Id'),
  'X-Goog-Iap-Jwt-Assertion',
  ...family('X-Amzn-Oidc-', 'Data Identity Accesstoken'),
  'X-Ms-Client-Principal',
  ...family('X-Ms-Client-Principal-', 'Id Name Idp'),
  ...family('X-Ssl-', 'Cert Client-Cert Client-Verify Client-S-Dn'),
  ...family('Ssl-Client-', 'Cert Verify Subject-Dn'),
  'X-Client-Cert',
  ...family('Tailscale-', 'User-Login User-Name User-Profile-Pic Headers-Info App-Capabilities'),
  ...family(
    'Cf-',
    'Connecting-Ip Connecting-Ipv6 Pseudo-Ipv4 Ipcountry Ray Visitor Worker Access-Authenticated-User-Email Access-Jwt-Assertion Access-Client-Id Access-Client-Secret',
  ),
  ...['True-Client-Ip', 'X-Client-Ip', 'Client-Ip', 'X-Cluster-Client-Ip', 'Fastly-Client-Ip'],
  ...['X-Originating-Ip', 'X-Proxyuser-Ip', 'X-Azure-Clientip', 'X-Azure-Socketip', 'X-Appengine-User-Ip'],
  'Proxy',
  'Http2-Settings',
];

const names = new Set([...UNTRUSTED_HEADERS, ...SET_BY_PROXY].map((name) => name.toLowerCase()));
const prefixes = UNTRUSTED_PREFIXES.map((prefix) => prefix.toLowerCase());

/**
 * Whether a name with underscores is one of these to a service that takes `_` for `-`, as CGI, WSGI and PHP do, while
 * the proxy passed it on as another one.
 * @param name in small letters
 */
export function isUntrustedInDisguise(name: string): boolean {
  if (!name.includes('_')) return false;
  const meant = name.replaceAll('_', '-');
  return names.has(meant) || prefixes.some((prefix) => meant.startsWith(prefix));
}
