import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import Provider, { type Configuration, errors } from 'oidc-provider';
import type { LocalIdpKeys } from './local-idp-keys';
import { deadEndPage, signInPage } from './local-idp-page';

const MAX_FORM_BYTES = 4_096;
const MAX_NAME_LENGTH = 60;
const FLOW_SECONDS = 3_600;
const EXPIRED = 'This sign-in expired or was started in another browser. Start again from the console.';

export interface LocalIdpOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  consoleUrl: string;
  keys: LocalIdpKeys;
}

export interface LocalPerson {
  subject: string;
  name: string;
}

/**
 * The person a typed name stands for. The same name always gives the same subject; names that differ
 * only in case, accents or punctuation are the same person. Null when the name is empty or too long.
 */
export function personOf(typed: string): LocalPerson | null {
  const name = typed.normalize('NFC').replace(/\s+/g, ' ').trim();
  if (name === '' || name.length > MAX_NAME_LENGTH || /\p{Cc}/u.test(name)) return null;
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const isComplete = slug !== '' && !/[^\x20-\x7e]/.test(plain);
  const suffix = createHash('sha256').update(plain).digest('hex').slice(0, 8);
  return { subject: isComplete ? slug : `${slug || 'user'}-${suffix}`, name };
}

function configurationOf(options: LocalIdpOptions, people: Map<string, LocalPerson>): Configuration {
  const isHttps = options.issuer.startsWith('https:');
  const cookie = { signed: true, httpOnly: true, sameSite: 'lax', secure: isHttps } as const;
  return {
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: [`${options.consoleUrl}/api/auth/callback/local`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [options.keys.signing] },
    cookies: { keys: options.keys.cookies, long: cookie, short: cookie },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      IdToken: 300,
      Interaction: FLOW_SECONDS,
      Session: FLOW_SECONDS,
      Grant: FLOW_SECONDS,
    },
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({
        sub: subject,
        name: people.get(subject)?.name ?? subject,
        preferred_username: subject,
        email: `${subject}@local.test`,
        email_verified: true,
      }),
    }),
    loadExistingGrant: grantWhatIsAsked,
    renderError: (context, out) => {
      const nonce = setPageHeaders(context.res, options.consoleUrl);
      context.type = 'html';
      context.body = deadEndPage({
        message: out.error_description ?? EXPIRED,
        consoleUrl: options.consoleUrl,
        nonce,
      });
    },
  };
}

/** There is one client and it is ours, so nobody is asked for consent. */
const grantWhatIsAsked: NonNullable<Configuration['loadExistingGrant']> = async (context) => {
  const { client, session, params, provider } = context.oidc;
  if (!client || !session?.accountId) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(String(params?.scope ?? 'openid'));
  await grant.save();
  return grant;
};

function setPageHeaders(response: ServerResponse, consoleUrl: string): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action 'self' ${consoleUrl}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  response.setHeader('Content-Security-Policy', policy.join('; '));
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  return nonce;
}

function sendHtml(response: ServerResponse, status: number, html: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(html);
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_FORM_BYTES) return null;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** Forgets who signed in before, so that one browser can be several people, one after the other. */
function forgetSession(request: IncomingMessage): void {
  const cookies = (request.headers.cookie ?? '').split(/;\s*/);
  request.headers.cookie = cookies.filter((cookie) => !cookie.startsWith('_session')).join('; ');
}

class SignInFlow {
  constructor(
    private readonly provider: Provider,
    private readonly people: Map<string, LocalPerson>,
    private readonly consoleUrl: string,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { uid } = await this.provider.interactionDetails(request, response);
      const action = `/interaction/${uid}`;
      if (request.method === 'GET') this.ask(response, action);
      else if (request.method === 'POST') await this.answer(request, response, action);
      else this.deadEnd(response, 405, 'This address is only for the sign-in form.');
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error;
      this.deadEnd(response, 400, EXPIRED);
    }
  }

  private ask(response: ServerResponse, action: string): void {
    const nonce = setPageHeaders(response, this.consoleUrl);
    sendHtml(response, 200, signInPage({ action, nonce }));
  }

  private async answer(request: IncomingMessage, response: ServerResponse, action: string): Promise<void> {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin')
      return this.deadEnd(response, 403, 'The form came from another site.');
    const form = await readForm(request);
    if (!form) return this.deadEnd(response, 413, 'The form is too large.');
    if (form.has('cancel')) {
      const result = { error: 'access_denied', error_description: 'The sign-in was cancelled.' };
      return this.provider.interactionFinished(request, response, result);
    }
    const typed = form.get('name') ?? '';
    const person = personOf(typed);
    if (!person) {
      const nonce = setPageHeaders(response, this.consoleUrl);
      const error = `Enter a name of 1 to ${MAX_NAME_LENGTH} characters.`;
      return sendHtml(
        response,
        422,
        signInPage({ action, nonce, name: typed.slice(0, MAX_NAME_LENGTH), error }),
      );
    }
    this.people.set(person.subject, person);
    const result = { login: { accountId: person.subject, remember: false } };
    await this.provider.interactionFinished(request, response, result);
  }

  deadEnd(response: ServerResponse, status: number, message: string): void {
    const nonce = setPageHeaders(response, this.consoleUrl);
    sendHtml(response, status, deadEndPage({ message, consoleUrl: this.consoleUrl, nonce }));
  }
}

/**
 * The local identity provider (OpenID Connect, code flow with PKCE, one client): anybody may sign in
 * under any name. For local mode only; the caller listens on a loopback address.
 */
export function createLocalIdp(options: LocalIdpOptions): Server {
  const people = new Map<string, LocalPerson>();
  const provider = new Provider(options.issuer, configurationOf(options, people));
  const flow = new SignInFlow(provider, people, options.consoleUrl);
  const serveProtocol = provider.callback();
  const host = new URL(options.issuer).host;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split('?')[0] ?? '/';
    if (path === '/healthz')
      return void response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok\n');
    // Another name for this address in a browser means DNS rebinding.
    if (request.headers.host !== host) return flow.deadEnd(response, 421, `Open it as ${options.issuer}.`);
    if (path.startsWith('/interaction/')) return flow.handle(request, response);
    if (path === '/') return void response.writeHead(302, { Location: options.consoleUrl }).end();
    forgetSession(request);
    return serveProtocol(request, response);
  };
  return createServer((request, response) => {
    serve(request, response).catch((cause: unknown) => {
      process.stderr.write(`local sign-in: ${cause instanceof Error ? cause.stack : String(cause)}\n`);
      if (!response.headersSent)
        flow.deadEnd(response, 500, 'Something went wrong. Start again from the console.');
    });
  });
}
