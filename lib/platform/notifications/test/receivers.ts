import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** How it answers from now on; the number of the request counts from 0. */
  answer: (
    request: Received,
    number: number,
  ) => { status: number; body?: string; headers?: Record<string, string> };
  close(): Promise<void>;
}

const textOf = async (request: IncomingMessage) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

/** For tests only: a real HTTP server on 127.0.0.1 that keeps what it gets. */
export async function openReceiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const one = {
      url: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: await textOf(request),
    };
    receiver.received.push(one);
    const { status, body = 'ok', headers = {} } = receiver.answer(one, receiver.received.length - 1);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: () => ({ status: 200 }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

export interface MailServer {
  url: string;
  mails: { from: string; to: string[]; raw: string }[];
  /** Recipients that it refuses with 550. */
  refused: Set<string>;
  close(): Promise<void>;
}

/** For tests only: a real SMTP server on 127.0.0.1 that keeps what it gets. */
export async function openMailServer(): Promise<MailServer> {
  const mails: MailServer['mails'] = [];
  const refused = new Set<string>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _session, callback) => {
      if (!refused.has(address)) return callback();
      callback(Object.assign(new Error('No such user here'), { responseCode: 550 }));
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refused,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
