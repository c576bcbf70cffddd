import type { VerifyDto } from '@/lib/access/gate/contract';

export interface GateAnswer {
  status: number;
  headers: Headers;
  body: VerifyDto & { detail?: string };
}

/** Asks a gate about a key, as a service would. */
export async function askGate(
  port: number,
  callerKey: string,
  question: object | string,
): Promise<GateAnswer> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${callerKey}`, 'content-type': 'application/json' },
    body: typeof question === 'string' ? question : JSON.stringify(question),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
