import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GateStore, type GateStoreOptions } from '@/db/gate-store';
import { DatabaseClock, monotonicMs } from '@/lib/access/gate/decide/database-clock';
import { failedAttemptIp } from '@/lib/access/gate/decide/decide';
import { FirstUseNotifier } from '@/lib/access/gate/decide/first-use';
import { KeyCache } from '@/lib/access/gate/decide/key-cache';
import { KeyProver, type Peppers } from '@/lib/access/gate/decide/key-prover';
import { sendJson, sendProblem, sendText } from '@/lib/access/gate/http/answer';
import { sendAuthorizeVerdict, sendUnrecorded } from '@/lib/access/gate/http/answer-authorize';
import { refusalOf, sendVerifyVerdict } from '@/lib/access/gate/http/answer-verify';
import { isAbout, type Verdict } from '@/lib/access/gate/http/question';
import { type AuthorizeUrl, readAuthorizeUrl } from '@/lib/access/gate/http/read-forwarded';
import { newRequestId } from '@/lib/access/gate/http/request-id';
import { KEEP_ALIVE_MS } from '@/lib/access/gate/http/whole-answer';
import { Recorder } from '@/lib/access/gate/record/recorder';
import { AuthorizeAsk, type AuthorizeContext, receiveAuthorize } from '@/lib/access/gate/routes/authorize';
import { ReadinessProbe } from '@/lib/access/gate/routes/health';
import { GateRequest, receiveVerify, type VerifyAsk } from '@/lib/access/gate/routes/verify';
import type { GatePolicy, RouteTable } from '@/lib/access/gate-routes/route-table';
import type { JwtVerifier } from '@/lib/access/supabase/jwt-verifier';
import { addJwksMetrics } from '@/lib/access/supabase/metrics';
import { TrustedProxies } from '@/lib/platform/auth/request/client-ip';
import { AppError } from '@/lib/platform/core/errors';
import { problemOf } from '@/lib/platform/core/http/http';
import { refuseRequestLine } from '@/lib/platform/core/http/request-line';
import { isSelfTest } from '@/lib/platform/core/http/self-test';
import { mayReadMetrics } from '@/lib/platform/core/metrics/metrics-access';
import type { Limiter } from '@/lib/platform/rate-limit/limiter';
import { addLimiterMetrics } from '@/lib/platform/rate-limit/metrics';
import { AUTHORIZE_PATH, VERIFY_PATH } from './contract';
import { GateMetrics } from './metrics';

type Ask = VerifyAsk | AuthorizeAsk;

export interface GateLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface GateConfig {
  /** Connects as app_gate. */
  databaseUrl: string;
  peppers: Peppers;
  log: GateLog;
  /** Closed by whoever made it. */
  limiter: Limiter;
  /** The routes of /v1/authorize, read for every request: a new version of the file needs no restart. */
  policy: { readonly current: GatePolicy };
  /** Verifies Supabase sessions; null: they are not accepted. */
  jwt: JwtVerifier | null;
  /** Networks of proxies beside those in the policy. */
  trustedProxies?: readonly string[];
  /** Runs on every new database connection before it is used; what it throws keeps the gate unready. */
  checkDatabase?: GateStoreOptions['check'];
  cachedKeysMax?: number;
  /** Who reads /metrics must send it as a bearer token. */
  metricsToken?: string;
  /** Questions that may wait for a batch before further ones are answered 503. */
  waitingMax?: number;
  /** How long a batch may take before its questions are answered 503. */
  writeTimeoutMs?: number;
}

const QUESTIONS_PER_FLUSH_MAX = 1_000;
/** Batches on their way at once: with two, the second gathers while the first is committed. */
const LANES = 2;
const STOP_WITHIN_MS = 8_000;
const UNRECORDED = new AppError(
  'audit_unavailable',
  'Could not write the audit log, so the request was denied. Try again.',
  { retryAfterSeconds: 1 },
);
const DEFAULTS = {
  cachedKeysMax: 200_000,
  waitingMax: 10_000,
  writeTimeoutMs: 1_500,
};

const HTTP_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  /** Proxies pass on what browsers sent, cookies among it. */
  maxHeaderSize: 32 * 1024,
};
const CONNECTIONS_MAX = 10_000;

/** The status that a request which Node could not parse is answered with. */
const UNPARSED_STATUS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new AppError('bad_request', 'The request is not valid HTTP, too long or too slow.');
  const body = JSON.stringify(problemOf(problem, newRequestId()));
  const status = UNPARSED_STATUS[error.code ?? ''] ?? '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** The data plane: verifies keys and authorizes requests over HTTP, each answer after its record is committed. */
export class Gate {
  readonly metrics: GateMetrics;
  private readonly server: Server<typeof GateRequest, typeof ServerResponse>;
  private readonly store: GateStore;
  private readonly recorder: Recorder<Ask>;
  private readonly firstUse: FirstUseNotifier;
  private readonly readiness: ReadinessProbe;
  private authorizing: (AuthorizeContext & { table: RouteTable }) | undefined;
  private stopping: Promise<void> | undefined;

  constructor(private readonly config: GateConfig) {
    const settings = { ...DEFAULTS, ...config };
    const cache = new KeyCache(Math.max(settings.cachedKeysMax, 4 * QUESTIONS_PER_FLUSH_MAX));
    this.store = new GateStore({
      url: config.databaseUrl,
      check: config.checkDatabase,
      lanes: LANES,
      writeTimeoutMs: settings.writeTimeoutMs,
      onUp: () => {
        cache.clear();
        config.log.info({}, 'database connected');
      },
      onDown: (error) => config.log.warn({ err: error }, 'database not reachable'),
    });
    this.recorder = new Recorder<Ask>({
      store: this.store,
      decider: { cache, guard: config.limiter.failedKeys, prover: new KeyProver(config.peppers) },
      limiter: config.limiter,
      clock: new DatabaseClock(),
      questionsPerFlushMax: QUESTIONS_PER_FLUSH_MAX,
      waitingMax: settings.waitingMax,
      lanes: LANES,
      onRecorded: (verdict) => this.answer(verdict),
      onUnrecorded: (ask) => this.refuseUnrecorded(ask),
      onError: (error, questions) =>
        config.log.error({ err: error, questions }, 'requests could not be recorded'),
      onFlush: (path, questions, tookMs) => this.metrics.observeFlush(path, questions, tookMs),
    });
    this.firstUse = new FirstUseNotifier((tenantId, versionId) => {
      this.store
        .notifyFirstUse(tenantId, versionId)
        .catch((error) => config.log.warn({ err: error, versionId }, 'first use was not announced'));
    });
    this.readiness = new ReadinessProbe(this.store, cache, config);
    this.metrics = new GateMetrics({
      waiting: () => this.recorder.waiting,
      cachedKeys: () => cache.size,
      isDatabaseUp: () => this.store.isUp,
      tenantsBehind: async () => (await this.readiness.read()).checks.cache.tenantsBehind,
    });
    addLimiterMetrics(this.metrics.registry, () => config.limiter.state);
    const { jwt } = config;
    if (jwt) addJwksMetrics(this.metrics.registry, () => jwt.state);
    this.server = this.createServer();
  }

  /** Starts to connect to the database and to listen; questions are answered 503 until the database is there. */
  listen(port: number, host: string): Promise<AddressInfo> {
    this.store.start();
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /** Stops listening, answers what was asked, and closes the connections. Safe to call twice. */
  stop(): Promise<void> {
    this.stopping ??= this.stopNow();
    return this.stopping;
  }

  /** Says something to the worker through the database. @throws StoreUnavailableError */
  notify(channel: string, message: string): Promise<void> {
    return this.store.notify(channel, message);
  }

  private async stopNow(): Promise<void> {
    const cut = setTimeout(() => this.server.closeAllConnections(), STOP_WITHIN_MS);
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    await closed;
    clearTimeout(cut);
    await this.recorder.drained();
    await this.store.close();
  }

  private createServer(): Server<typeof GateRequest, typeof ServerResponse> {
    const server = createServer(
      { ...HTTP_LIMITS, IncomingMessage: GateRequest, noDelay: true },
      (request, response) => this.receive(request, response),
    );
    server.maxConnections = CONNECTIONS_MAX;
    // Node drops headers beyond this number without a word; their total size is what is limited.
    server.maxHeadersCount = 0;
    server.on('clientError', refuseUnparsed);
    return server;
  }

  private receive(request: GateRequest, response: ServerResponse): void {
    const requestId = newRequestId();
    const { url = '' } = request;
    if (url === VERIFY_PATH) {
      receiveVerify(request, response, requestId, (ask) => this.ask(ask));
      return;
    }
    const authorizeUrl = url.startsWith(AUTHORIZE_PATH) ? readAuthorizeUrl(url) : null;
    if (authorizeUrl) {
      this.receiveAuthorize(request, response, requestId, authorizeUrl);
      return;
    }
    this.serveOperations(request, response, requestId).catch((error) => {
      this.config.log.error({ err: error, requestId }, 'unknown error');
      if (!response.headersSent)
        sendProblem(response, new AppError('internal', 'Something went wrong. Try again.'), requestId);
    });
  }

  /** Whatever fails while the request is read is a 503: nobody is let through by an error. */
  private receiveAuthorize(
    request: GateRequest,
    response: ServerResponse,
    requestId: string,
    url: AuthorizeUrl,
  ): void {
    try {
      receiveAuthorize(request, response, requestId, url, this.authorizeContext(), (ask) => this.ask(ask));
    } catch (error) {
      this.config.log.error({ err: error, requestId }, 'a request could not be read');
      this.metrics.countRefusal('internal');
      sendUnrecorded({ response, isForNginx: url.isForNginx, redirect: null }, requestId);
    }
  }

  /** Made anew when the file has a new version. */
  private authorizeContext(): AuthorizeContext {
    const { policy, jwt, trustedProxies = [] } = this.config;
    const { table } = policy.current;
    if (this.authorizing?.table !== table) {
      this.authorizing = {
        table,
        jwt,
        proxies: new TrustedProxies([...table.trustedProxies, ...trustedProxies]),
        isSelfTest: (mark, host) => isSelfTest(mark, host, this.config.peppers.values(), Date.now()),
      };
    }
    return this.authorizing;
  }

  private async serveOperations(
    request: GateRequest,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    const refusal = refuseRequestLine(request.method ?? '', request.url ?? '');
    if (refusal) {
      const allow = refusal.allow ? ['allow', refusal.allow] : [];
      sendProblem(response, new AppError(refusal.code, refusal.detail), requestId, allow);
    } else if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') {
      sendProblem(
        response,
        new AppError('not_found', `Not found. Use POST ${VERIFY_PATH} or ${AUTHORIZE_PATH}.`),
        requestId,
      );
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendProblem(response, new AppError('method_not_allowed', 'Read with GET.'), requestId, [
        'allow',
        'GET, HEAD',
      ]);
    } else if (path === '/healthz') {
      sendJson(response, 200, '{"status":"ok"}', requestId);
    } else if (path === '/readyz') {
      const readiness = await this.readiness.read();
      sendJson(response, readiness.status === 'ready' ? 200 : 503, JSON.stringify(readiness), requestId);
    } else if (!mayReadMetrics(request.headers.authorization, this.config.metricsToken, true)) {
      sendProblem(
        response,
        new AppError('unauthenticated', 'Send METRICS_TOKEN as a bearer token.'),
        requestId,
      );
    } else {
      sendText(response, this.metrics.registry.contentType, await this.metrics.registry.metrics());
    }
  }

  private ask(ask: Ask): void {
    if (!this.store.isUp || !this.recorder.add(ask)) this.refuseUnrecorded(ask);
  }

  private answer(verdict: Verdict<Ask>): void {
    const { response, requestId } = verdict.question;
    try {
      this.noteFailedAttempt(verdict);
      if (verdict.about === 'subject' && verdict.caller) this.firstUse.used(verdict.caller);
      if (verdict.code === 'VALID' && verdict.subject) this.firstUse.used(verdict.subject);
      this.count(verdict);
      if (verdict.question instanceof AuthorizeAsk) {
        if (isAbout(verdict, 'authorize')) sendAuthorizeVerdict(verdict.question, verdict);
      } else if (isAbout(verdict, 'verify')) sendVerifyVerdict(response, verdict);
    } catch (error) {
      this.config.log.error({ err: error, requestId }, 'an answer could not be sent');
      response.destroy();
    }
  }

  private count(verdict: Verdict<Ask>): void {
    const { question, code } = verdict;
    if (question.kind === 'authorize' && question.isSelfTest) return;
    const refusal = isAbout(verdict, 'verify') ? refusalOf(verdict) : null;
    if (refusal !== null) {
      this.metrics.countRefusal(refusal);
      return;
    }
    this.metrics.countDecision(code, (monotonicMs() - question.startedMs) / 1000);
    if (question.kind === 'authorize') this.metrics.countRoute(question.route?.name ?? '', code);
  }

  private noteFailedAttempt(verdict: Verdict<Ask>): void {
    const ip = failedAttemptIp(verdict);
    if (ip === null) return;
    this.config.limiter.failedKeys
      .count(ip)
      .catch((error) => this.config.log.error({ err: error }, 'failure was not counted'));
  }

  /** No answer without its record: whatever was decided stays unsaid. */
  private refuseUnrecorded(ask: Ask): void {
    this.metrics.countRefusal(UNRECORDED.code);
    if (ask instanceof AuthorizeAsk) sendUnrecorded(ask, ask.requestId);
    else sendProblem(ask.response, UNRECORDED, ask.requestId);
  }
}

export function createGate(config: GateConfig): Gate {
  return new Gate(config);
}
