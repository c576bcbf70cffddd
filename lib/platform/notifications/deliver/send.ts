import { createTransport } from 'nodemailer';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import {
  type OutboundOptions,
  type OutboundRequest,
  sendOutbound,
} from '@/lib/platform/core/outbound/outbound';
import { OutboundRefused } from '@/lib/platform/core/outbound/outbound-address';
import { type Mail, mailOf } from './mail';
import { loggable, type Message, type Target } from './message';
import { type AttemptResult, resultOfStatus } from './settle';
import { slackRequest } from './slack';
import { webhookRequest } from './webhook';

const SMTP_STAGE_MS = 8 * SECOND_MS;
const SMTP_TOTAL_MS = 20 * SECOND_MS;

export interface SentMessage {
  result: AttemptResult;
  /** As the log of attempts keeps them: cut, without secrets. */
  request: string;
  response: string;
}

/** How the outside is reached; tests give their own mail server and allow-list. */
export interface Wires {
  smtpUrl: string | undefined;
  mailFrom: string;
  outbound?: OutboundOptions;
}

export const configuredWires = (): Wires => ({ smtpUrl: getEnv().smtpUrl, mailFrom: getEnv().mailFrom });

interface SmtpFailure {
  responseCode?: number;
  response?: string;
}

function smtpResult(error: unknown): AttemptResult {
  const { responseCode = null } = error as SmtpFailure;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A refused recipient or message says nothing about the server; a refused sign-in does, and may be mended.
  const isAuth = code === 'EAUTH';
  if (responseCode !== null && responseCode >= 500 && !isAuth) {
    const sentence = `The mail server rejected the message (${responseCode}).`;
    return {
      kind: 'permanent',
      status: responseCode,
      error: sentence,
      isGone: false,
      isChannelsFault: false,
    };
  }
  const why = isAuth
    ? 'The mail server rejected the user name or password in SMTP_URL.'
    : responseCode !== null
      ? `The mail server answered ${responseCode}.`
      : `The mail server could not be reached${code ? ` (${code})` : ''}.`;
  return { kind: 'retry', status: responseCode, error: why, retryAfterMs: null, isChannelsFault: true };
}

function shownMail({ from, to, subject, messageId, text }: Mail): string {
  return `From: ${from.address}\nTo: ${to.address}\nSubject: ${subject}\nMessage-ID: ${messageId}\n\n${text}`;
}

async function sendMail(message: Message, { smtpUrl, mailFrom }: Wires): Promise<SentMessage> {
  const mail = await mailOf(message, mailFrom);
  const request = loggable(shownMail(mail));
  if (!smtpUrl) {
    const error = 'No mail server is configured. Set SMTP_URL and restart the worker.';
    return {
      result: { kind: 'permanent', status: null, error, isGone: false, isChannelsFault: false },
      request,
      response: '',
    };
  }
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: SMTP_STAGE_MS,
    greetingTimeout: SMTP_STAGE_MS,
    socketTimeout: SMTP_STAGE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const timer = setTimeout(() => transport.close(), SMTP_TOTAL_MS);
  try {
    const info = await transport.sendMail({ ...mail, headers: { 'Auto-Submitted': 'auto-generated' } });
    const status = Number(/^\d{3}/.exec(info.response)?.[0] ?? 250);
    return { result: { kind: 'succeeded', status }, request, response: loggable(info.response) };
  } catch (error) {
    return { result: smtpResult(error), request, response: loggable((error as SmtpFailure).response ?? '') };
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

const HIDDEN_HEADERS = new Set(['webhook-signature']);

function shownRequest({ method, headers, body }: OutboundRequest, shownUrl: string): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${name}: ${HIDDEN_HEADERS.has(name) ? '[hidden]' : value}`,
  );
  return `${method} ${shownUrl}\n${lines.join('\n')}\n\n${body}`;
}

async function sendRequest(
  request: OutboundRequest,
  { url, kind }: Target,
  sentAt: Date,
  outbound: OutboundOptions | undefined,
): Promise<SentMessage> {
  // The address of a Slack webhook is its only secret.
  const hidden = kind === 'slack' ? [url, new URL(url).pathname] : [];
  const shown = loggable(
    shownRequest(request, kind === 'slack' ? `${new URL(url).origin}/[hidden]` : url),
    hidden,
  );
  try {
    const { status, headers, body } = await sendOutbound(request, outbound);
    const result = resultOfStatus(status, headers['retry-after'], sentAt);
    const type = headers['content-type'];
    const head = `HTTP ${status}${typeof type === 'string' ? `\ncontent-type: ${type}` : ''}`;
    return { result, request: shown, response: loggable(`${head}\n\n${body}`, hidden) };
  } catch (error) {
    const isRefused = error instanceof OutboundRefused;
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const known = error instanceof Error && /^(No answer within)/.test(error.message) ? error.message : null;
    const sentence = isRefused ? error.message : (known ?? `Could not connect${code}.`);
    const base = { status: null, error: sentence, isChannelsFault: true };
    const result: AttemptResult = isRefused
      ? { kind: 'permanent', isGone: false, ...base }
      : { kind: 'retry', retryAfterMs: null, ...base };
    return { result, request: shown, response: '' };
  }
}

/** Sends one message to its channel. Never throws for what the other side does: that is the result. */
export async function sendMessage(message: Message, target: Target, wires: Wires): Promise<SentMessage> {
  if (target.kind === 'email') return sendMail(message, wires);
  const request =
    target.kind === 'slack'
      ? slackRequest(message, target.url)
      : webhookRequest(message, target.url, target.secrets);
  return sendRequest(request, target, message.sentAt, wires.outbound);
}
