const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export interface RequestLineRefusal {
  status: 400 | 405;
  code: 'bad_request' | 'method_not_allowed';
  detail: string;
  /** The methods that would be answered (RFC 9110, section 15.5.6). */
  allow?: string;
}

/**
 * What Next must never see: it answers 500 with a stack in the log to `*` and TRACE, and sends absolute targets and
 * `//host` on to wherever they point (RFC 9112, section 3.2: only the origin form is meant for an origin server).
 * @param target the request target as it was sent
 */
export function refuseRequestLine(method: string, target: string): RequestLineRefusal | null {
  if (!METHODS.includes(method)) {
    const allow = METHODS.join(', ');
    return { status: 405, code: 'method_not_allowed', detail: `Use one of ${allow}.`, allow };
  }
  if (!target.startsWith('/') || target.startsWith('//') || target.startsWith('/\\')) {
    return {
      status: 400,
      code: 'bad_request',
      detail: 'The request target must be a path that starts with a single slash.',
    };
  }
  return null;
}
