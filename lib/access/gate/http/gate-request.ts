import { IncomingMessage } from 'node:http';
import { keepHeaders } from './kept-headers';

/** Bytes of a too long body that are read and thrown away, so that its sender can read the answer. */
export const DISCARDED_MAX = 64 * 1024 * 1024;

/** What a body goes to, chunk by chunk. */
export interface BodyTaker {
  /** @returns whether to read on */
  take(chunk: Buffer): boolean;
  /** The body is complete. */
  finish(): void;
}

/**
 * A request whose body goes straight to its taker: the HTTP parser hands it over by `push`, and what is taken there
 * passes neither the stream's buffer nor its events. The end is passed on, so that the stream ends as it does for a
 * request without a body.
 */
export class GateRequest extends IncomingMessage {
  private taker: BodyTaker | null = null;
  private onTaken: ((taker: BodyTaker) => void) | null = null;

  static {
    keepHeaders(GateRequest, ['host', 'expect', 'authorization']);
  }

  /** @param onTaken called with this very taker once the body is complete */
  giveBodyTo<T extends BodyTaker>(taker: T, onTaken: (taker: T) => void): void {
    this.taker = taker;
    this.onTaken = onTaken as (taker: BodyTaker) => void;
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    const { taker, onTaken } = this;
    if (!taker || !onTaken) return super.push(chunk, encoding);
    if (chunk !== null) {
      if (!taker.take(chunk)) this.destroy();
      return true;
    }
    const wantsMore = super.push(null);
    taker.finish();
    onTaken(taker);
    return wantsMore;
  }
}
