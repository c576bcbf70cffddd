import { randomBytes } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `refuse` ends every connection at once, `hang` keeps them open and forwards nothing, `garbage` replaces what the
 * server says, `truncate` forwards half of it and resets the connection.
 */
export type Fault = 'none' | 'refuse' | 'hang' | 'garbage' | 'truncate';

/** A TCP proxy in front of a dependency that can be told to misbehave, also on connections that are open. */
export class UnreliableProxy {
  delayMs = 0;
  /** Connections that were opened so far. */
  opened = 0;
  private fault: Fault = 'none';
  private readonly sockets = new Set<Socket>();
  private release: () => void = () => undefined;
  private released: Promise<void> = Promise.resolve();
  private readonly server: Server;

  constructor(
    readonly port: number,
    private readonly targetPort: number,
  ) {
    this.server = createServer((client) => this.accept(client));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  set(fault: Fault): void {
    this.release();
    this.fault = fault;
    if (fault === 'hang') {
      this.released = new Promise((resolve) => {
        this.release = resolve;
      });
    }
    if (fault === 'refuse') this.cut();
  }

  /** Resets every open connection. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.set('refuse');
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    if (this.fault === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    this.opened += 1;
    const upstream = connect({ host: '127.0.0.1', port: this.targetPort });
    this.join(client, upstream, false);
    this.join(upstream, client, true);
  }

  /** Forwards in order; a delay or a hang holds back what follows as well. */
  private join(from: Socket, to: Socket, isAnswer: boolean): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    let last: Promise<void> = Promise.resolve();
    from.on('data', (chunk) => {
      last = last.then(() => this.forward(chunk, to, isAnswer));
    });
    from.on('end', () => {
      last = last.then(() => void to.end());
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      if (from.errored || !to.writable) to.destroy();
    });
  }

  private async forward(chunk: Buffer, to: Socket, isAnswer: boolean): Promise<void> {
    if (this.delayMs > 0) await sleep(this.delayMs);
    await this.released;
    if (to.destroyed) return;
    if (!isAnswer || this.fault === 'none' || this.fault === 'hang') to.write(chunk);
    else if (this.fault === 'garbage') to.write(randomBytes(chunk.length));
    else if (this.fault === 'truncate') {
      to.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => to.resetAndDestroy());
    }
  }
}
