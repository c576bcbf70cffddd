import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  FrameReader,
  fieldsOf,
  prepare,
  saslInitial,
  saslResponse,
  sslRequest,
  startup,
  terminate,
  textsOf,
} from './messages';
import { ScramClient } from './scram';

export interface WireOptions {
  /** `postgres://user:password@host:port/database?sslmode=disable|require|verify-full` */
  url: string;
  /** Sent at start-up, such as `application_name`. */
  settings: Readonly<Record<string, string>>;
  connectTimeoutMs: number;
}

/** What Postgres answered instead of the result; `code` is the SQLSTATE. The connection stays usable unless it is fatal. */
export class WireError extends Error {
  override readonly name = 'PostgresError';
  readonly code: string;
  readonly severity: string;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M') ?? 'Postgres reported an error without a text');
    this.code = fields.get('C') ?? '';
    this.severity = fields.get('V') ?? '';
  }
}

interface Target {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  sslMode: string;
}

interface Waiting {
  resolve: (rowsAffected: number) => void;
  reject: (error: unknown) => void;
}

const SSL_MODES = ['disable', 'require', 'verify-full'];

function targetOf(url: string): Target {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const user = decodeURIComponent(username);
  const sslMode = searchParams.get('sslmode') ?? 'disable';
  if (!SSL_MODES.includes(sslMode))
    throw new Error(`sslmode=${sslMode} is not supported. Use one of ${SSL_MODES.join(', ')}.`);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 5432),
    user,
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || user,
    sslMode,
  };
}

function connected(socket: Socket, event: 'connect' | 'secureConnect' | 'data'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const close = () => reject(new Error('The server closed the connection.'));
    const settle = (then: () => void) => {
      socket.off('error', reject).off('close', close);
      then();
    };
    socket.once('error', reject).once('close', close);
    socket.once(event, (value: unknown) => settle(() => resolve(value)));
  });
}

async function openSocket(
  { host, port, sslMode }: Target,
  onSocket: (socket: Socket) => void,
): Promise<Socket> {
  const socket = createConnection({ host, port, noDelay: true, keepAlive: true });
  onSocket(socket);
  await connected(socket, 'connect');
  if (sslMode === 'disable') return socket;
  socket.write(sslRequest);
  const reply = await connected(socket, 'data');
  if (!(reply instanceof Buffer) || reply.length !== 1 || reply[0] !== 0x53) {
    throw new Error('The server does not offer TLS, which sslmode asks for.');
  }
  const servername = isIP(host) === 0 ? host : '';
  const secure = connectTls({ socket, host, servername, rejectUnauthorized: sslMode === 'verify-full' });
  onSocket(secure);
  await connected(secure, 'secureConnect');
  return secure;
}

/**
 * One connection for one purpose: prepared statements that return no rows, as fast as the protocol allows. Everything
 * else goes through postgres.js. Requests are answered in order; a lost connection rejects all that wait.
 */
export class WireConnection {
  private readonly reader = new FrameReader();
  private readonly waiting: Waiting[] = [];
  private scram: ScramClient | undefined;
  private rowsAffected = 0;
  private error: unknown;
  private lostBy: unknown;

  private constructor(
    private readonly socket: Socket,
    private readonly target: Target,
    private readonly onLost: (error: unknown) => void,
  ) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.lose(error));
    socket.on('close', () => this.lose(new Error('The server closed the connection.')));
  }

  /**
   * Connects and authenticates with SCRAM-SHA-256.
   * @param onLost called once where the connection ends later, for whatever reason but `close`
   * @throws WireError, or another error where nobody answers, or not with SCRAM
   */
  static async open(options: WireOptions, onLost: (error: unknown) => void): Promise<WireConnection> {
    const target = targetOf(options.url);
    let current: Socket | undefined;
    const timer = setTimeout(() => {
      current?.destroy(
        new Error(`${target.host}:${target.port} did not answer within ${options.connectTimeoutMs} ms.`),
      );
    }, options.connectTimeoutMs);
    try {
      const socket = await openSocket(target, (made) => {
        current = made;
      });
      let isOpen = false;
      const connection = new WireConnection(socket, target, (error) => isOpen && onLost(error));
      const { user, database } = target;
      await connection.send(startup({ ...options.settings, user, database, client_encoding: 'UTF8' }));
      isOpen = true;
      return connection;
    } catch (error) {
      current?.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Prepares a statement; `types` are the object ids of its parameters. */
  async prepare(name: string, text: string, types: readonly number[]): Promise<void> {
    await this.send(prepare(name, text, types));
  }

  /**
   * Sends Bind, Execute and Sync of a prepared statement.
   * @returns how many rows were inserted, committed when this resolves @throws WireError where nothing was
   */
  execute(message: Buffer): Promise<number> {
    return this.send(message);
  }

  /** Ends the connection in order, once what waits is answered. */
  async close(): Promise<void> {
    if (this.lostBy) return;
    this.lostBy = new Error('The connection was closed.');
    const closed = new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
    this.socket.end(terminate);
    await closed;
  }

  /** Ends the connection at once; what waits is rejected. */
  destroy(error: unknown): void {
    this.lose(error);
  }

  private send(message: Buffer): Promise<number> {
    if (this.lostBy) return Promise.reject(this.lostBy);
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(message);
    });
  }

  private lose(error: unknown): void {
    const isNews = this.lostBy === undefined;
    this.lostBy ??= this.error ?? error;
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(this.lostBy);
    if (isNews) this.onLost(this.lostBy);
  }

  private receive(chunk: Buffer): void {
    try {
      this.reader.read(chunk, (type, body) => this.handle(type, body));
    } catch (error) {
      this.lose(error);
    }
  }

  /** Messages that are not named here carry nothing that this client needs. */
  private handle(type: string, body: Buffer): void {
    switch (type) {
      case 'C':
        this.rowsAffected = Number(body.toString('latin1', body.lastIndexOf(0x20) + 1, body.length - 1)) || 0;
        break;
      case 'Z':
        this.settle();
        break;
      case 'E':
        this.error = new WireError(fieldsOf(body));
        break;
      case 'R':
        this.authenticate(body.readInt32BE(0), body.subarray(4));
        break;
    }
  }

  /** ReadyForQuery: the oldest request is answered. */
  private settle(): void {
    const { error, rowsAffected } = this;
    this.error = undefined;
    this.rowsAffected = 0;
    const oldest = this.waiting.shift();
    if (error === undefined) oldest?.resolve(rowsAffected);
    else oldest?.reject(error);
  }

  /** Checks at once, so that a message behind this one cannot overtake a refusal. */
  private authenticate(step: number, body: Buffer): void {
    switch (step) {
      case 0:
        this.scram?.assertVerified();
        break;
      case 10:
        if (!textsOf(body).includes('SCRAM-SHA-256')) throw new Error('The server offers no SCRAM-SHA-256.');
        this.scram = new ScramClient(this.target.password);
        this.socket.write(saslInitial('SCRAM-SHA-256', this.scram.first()));
        break;
      case 11:
        this.prove(body.toString('utf8')).catch((error) => this.lose(error));
        break;
      case 12:
        this.scram?.verify(body.toString('utf8'));
        break;
      default:
        throw new Error(
          `The server asks ${this.target.user} for another authentication than SCRAM-SHA-256. Set its password anew.`,
        );
    }
  }

  private async prove(challenge: string): Promise<void> {
    if (!this.scram) throw new Error('The server sent a SCRAM challenge without having offered SCRAM.');
    this.socket.write(saslResponse(await this.scram.final(challenge)));
  }
}
