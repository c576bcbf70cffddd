import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GateStore, type GateStoreOptions } from '@/db/gate-store';
import { AppError } from '@/lib/core/errors';
import { problemOf } from '@/lib/core/http';
import { refusalOf, sendJson, sendProblem, sendText, sendVerdict } from './answer';
import { VERIFY_PATH } from './contract';
import { DatabaseClock, monotonicMs } from './database-clock';
import { failedAttemptIp, type Verdict } from './decide';
import { FailureGuard, type FailureLimit } from './failure-guard';
import { FirstUseNotifier } from './first-use';
import { KeyCache } from './key-cache';
import { KeyProver, type Peppers } from './key-prover';
import { GateMetrics } from './metrics';
import { Recorder } from './recorder';
import { newRequestId } from './request-id';
import { ReadinessProbe } from './routes/health';
import { type Ask, GateRequest, receiveVerify } from './routes/verify';

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
  /** Runs on every new database connection before it is used; what it throws keeps the gate unready. */
  checkDatabase?: GateStoreOptions['check'];
  cachedKeysMax?: number;
  /** Questions that may wait for a batch before further ones are answered 503. */
  waitingMax?: number;
  failureLimit?: FailureLimit;
  /** How long a batch may take before its questions are answered 503. */
  writeTimeoutMs?: number;
}

const QUESTIONS_PER_FLUSH_MAX = 1_000;
const STOP_WITHIN_MS = 8_000;
const UNRECORDED = new AppError(
  'audit_unavailable',
  'The access could not be recorded, so it was not decided. Try again.',
  { retryAfterSeconds: 1 },
);
const DEFAULTS = {
  cachedKeysMax: 200_000,
  waitingMax: 10_000,
  failureLimit: { failuresMax: 30, windowSeconds: 60, blockSeconds: 60 },
  writeTimeoutMs: 1_500,
};

const HTTP_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 75_000,
  maxHeaderSize: 8 * 1024,
};
const CONNECTIONS_MAX = 10_000;
const HEADERS_MAX = 64;

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

/** The data plane: verifies keys over HTTP, each answer after its record is committed. */
export class Gate {
  readonly metrics: GateMetrics;
  private readonly server: Server<typeof GateRequest, typeof ServerResponse>;
  private readonly store: GateStore;
  private readonly recorder: Recorder<Ask>;
  private readonly guard: FailureGuard;
  private readonly firstUse: FirstUseNotifier;
  private readonly readiness: ReadinessProbe;
  private stopping: Promise<void> | undefined;

  constructor(private readonly config: GateConfig) {
    const settings = { ...DEFAULTS, ...config };
    const cache = new KeyCache(Math.max(settings.cachedKeysMax, 4 * QUESTIONS_PER_FLUSH_MAX));
    this.guard = new FailureGuard(settings.failureLimit);
    this.store = new GateStore({
      url: config.databaseUrl,
      check: config.checkDatabase,
      writeTimeoutMs: settings.writeTimeoutMs,
      onUp: () => {
        cache.clear();
        config.log.info({}, 'database connected');
      },
      onDown: (error) => config.log.warn({ err: error }, 'database not reachable'),
    });
    this.recorder = new Recorder<Ask>({
      store: this.store,
      decider: { cache, guard: this.guard, prover: new KeyProver(config.peppers) },
      clock: new DatabaseClock(),
      questionsPerFlushMax: QUESTIONS_PER_FLUSH_MAX,
      waitingMax: settings.waitingMax,
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
    this.readiness = new ReadinessProbe(this.store, cache);
    this.metrics = new GateMetrics({
      waiting: () => this.recorder.waiting,
      cachedKeys: () => cache.size,
      isDatabaseUp: () => this.store.isUp,
    });
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
    server.maxHeadersCount = HEADERS_MAX;
    server.on('clientError', refuseUnparsed);
    return server;
  }

  private receive(request: GateRequest, response: ServerResponse): void {
    const requestId = newRequestId();
    if (request.url === VERIFY_PATH) {
      receiveVerify(request, response, requestId, (ask) => this.ask(ask));
      return;
    }
    this.serveOperations(request, response, requestId).catch((error) => {
      this.config.log.error({ err: error, requestId }, 'unknown error');
      if (!response.headersSent)
        sendProblem(response, new AppError('internal', 'Something went wrong. Try again.'), requestId);
    });
  }

  private async serveOperations(
    request: GateRequest,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') {
      sendProblem(
        response,
        new AppError('not_found', `There is nothing here. Ask at POST ${VERIFY_PATH}.`),
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
    } else {
      sendText(response, this.metrics.registry.contentType, await this.metrics.registry.metrics());
    }
  }

  private ask(ask: Ask): void {
    if (!this.store.isUp || !this.recorder.add(ask)) this.refuseUnrecorded(ask);
  }

  private answer(verdict: Verdict<Ask>): void {
    const { response, requestId, startedMs } = verdict.question;
    try {
      const failedIp = failedAttemptIp(verdict);
      if (failedIp !== null) this.countFailure(failedIp);
      if (verdict.about === 'subject' && verdict.caller) this.firstUse.used(verdict.caller);
      if (verdict.code === 'VALID' && verdict.subject) this.firstUse.used(verdict.subject);
      const refusal = refusalOf(verdict);
      if (refusal === null) this.metrics.countDecision(verdict.code, (monotonicMs() - startedMs) / 1000);
      else this.metrics.countRefusal(refusal);
      sendVerdict(response, verdict);
    } catch (error) {
      this.config.log.error({ err: error, requestId }, 'an answer could not be sent');
      response.destroy();
    }
  }

  private countFailure(ip: string): void {
    this.guard
      .countFailure(ip)
      .catch((error) => this.config.log.error({ err: error }, 'failure was not counted'));
  }

  /** No answer without its record: whatever was decided stays unsaid. */
  private refuseUnrecorded({ response, requestId }: Ask): void {
    this.metrics.countRefusal(UNRECORDED.code);
    sendProblem(response, UNRECORDED, requestId);
  }
}

export function createGate(config: GateConfig): Gate {
  return new Gate(config);
}
