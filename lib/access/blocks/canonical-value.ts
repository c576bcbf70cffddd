import { canonicalNetwork, parseAddress } from '@/lib/platform/core/address';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import type { BlockKind } from './contract';
import { parseRoute } from './text-pattern';

function refusal(message: string): AppError {
  return new AppError('bad_request', message, { fields: [{ path: 'value', message }] });
}

/** What a gate never sees in a normalised path would be a block that never holds. */
const UNREACHABLE_PATH = /[?#\\;]|\/\/|\/\.{1,2}(\/|$)/;

function routeOf(text: string): string | null {
  const space = text.indexOf(' ');
  const [method, rest] = space === -1 ? ['', text] : [text.slice(0, space), text.slice(space + 1).trim()];
  const slash = rest.indexOf('/');
  if (slash === -1) return null;
  const [host, path] = [rest.slice(0, slash).toLowerCase(), rest.slice(slash)];
  const isKnown = /^[a-z0-9.*-]*$/.test(host) && /^[\x21-\x7e]+$/.test(path) && !UNREACHABLE_PATH.test(path);
  const canonical = `${method ? `${method.toUpperCase()} ` : ''}${host === '*' ? '' : host}${path}`;
  return isKnown && parseRoute(canonical) ? canonical : null;
}

/**
 * The one way in which a value is written, so that what is blocked twice looks the same.
 * @throws AppError `bad_request` where it is no value of that kind
 */
export function canonicalValue(kind: BlockKind, value: string): string {
  switch (kind) {
    case 'ip': {
      const network = canonicalNetwork(value);
      if (!network)
        throw refusal('Enter an IP address or CIDR range such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32.');
      const isIpv4 = parseAddress(value.split('/')[0] ?? '')?.family === 4;
      if (isIpv4 && value.includes(':') && (network === '0.0.0.0/0' || network.includes(':')))
        throw refusal('Enter this range as IPv4, such as 10.0.0.0/8: callers from it count as IPv4.');
      return network;
    }
    case 'key':
    case 'owner':
      if (!isId(value.toLowerCase())) throw refusal(`Write the id of the ${kind}.`);
      return value.toLowerCase();
    case 'user':
    case 'session':
      if (!/^[\x21-\x7e]{1,128}$/.test(value))
        throw refusal(`Write the id of the ${kind}, as the token states it.`);
      return isId(value.toLowerCase()) ? value.toLowerCase() : value;
    case 'user_agent':
      if (value.replaceAll('*', '') === '') throw refusal('Write at least one letter beside the asterisks.');
      return value;
    case 'route': {
      const route = routeOf(value);
      if (!route) throw refusal('Enter a route such as /admin/*, POST /login or api.example.org/v1/*.');
      return route;
    }
  }
}
