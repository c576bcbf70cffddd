import { clientIpOf } from '@/lib/platform/auth/request/client-ip';
import { limitSubject } from '@/lib/platform/core/address';
import { getEnv } from '@/lib/platform/core/env/env';
import { limitReports, logViolations, readViolations } from '@/lib/platform/core/http/csp-report';
import { problemResponse } from '@/lib/platform/core/http/http';
import { newId } from '@/lib/platform/core/ids';

/** Where browsers report what the content security policy refused. */
export async function POST(request: Request): Promise<Response> {
  try {
    limitReports(limitSubject(clientIpOf(request.headers, getEnv().trustedProxies)));
    logViolations(await readViolations(request));
    return new Response(null, { status: 204 });
  } catch (error) {
    return problemResponse(error, newId());
  }
}
