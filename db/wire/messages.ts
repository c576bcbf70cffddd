/** Frames of the Postgres protocol, version 3.0 (documentation: "Message Formats"). */

const PROTOCOL_3_0 = 196_608;
const SSL_REQUEST = 80_877_103;
const HEADER_BYTES = 5;
/** Nothing that this client asks for is answered with a longer message. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function frame(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)),
  );
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body]);
}

export const sslRequest = Buffer.concat([int32(8), int32(SSL_REQUEST)]);

export function startup(settings: Readonly<Record<string, string>>): Buffer {
  const body = Object.entries(settings).map(([name, value]) => `${name}\0${value}\0`);
  return frame('', int32(PROTOCOL_3_0), Buffer.from(`${body.join('')}\0`));
}

export function saslInitial(mechanism: string, response: string): Buffer {
  const bytes = Buffer.from(response);
  return frame('p', mechanism, int32(bytes.length), bytes);
}

export function saslResponse(response: string): Buffer {
  return frame('p', Buffer.from(response));
}

/** Parse and Sync: prepares a statement under a name, with the types of its parameters. */
export function prepare(name: string, text: string, types: readonly number[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(types.length);
  return Buffer.concat([frame('P', name, text, count, ...types.map(int32)), frame('S')]);
}

export const terminate = frame('X');

/** Splits what arrives into messages. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** @throws where the stream cannot be the protocol */
  read(chunk: Buffer, onMessage: (type: string, body: Buffer) => void): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let start = 0;
    while (bytes.length - start >= HEADER_BYTES) {
      const length = bytes.readInt32BE(start + 1);
      if (length < 4 || length > MESSAGE_BYTES_MAX)
        throw new Error('The server does not speak the Postgres protocol.');
      const end = start + 1 + length;
      if (bytes.length < end) break;
      onMessage(String.fromCharCode(bytes[start] ?? 0), bytes.subarray(start + HEADER_BYTES, end));
      start = end;
    }
    this.rest = bytes.subarray(start);
  }
}

/** The zero-terminated texts of a message, in order. */
export function textsOf(body: Buffer): string[] {
  return body.toString('utf8').split('\0').slice(0, -1);
}

/** Fields of ErrorResponse and NoticeResponse by their one-letter type. */
export function fieldsOf(body: Buffer): Map<string, string> {
  return new Map(
    textsOf(body).flatMap((field) => (field === '' ? [] : [[field.slice(0, 1), field.slice(1)]])),
  );
}
