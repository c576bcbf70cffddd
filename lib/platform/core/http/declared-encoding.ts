import type { ServerResponse } from 'node:http';
import { ENCODING_HEADER } from './own-headers';

/**
 * Puts what a route declared under ENCODING_HEADER where it belongs, before Next's compression decides about the answer.
 * Next removes `Content-Encoding` from a route's answer and then compresses the body again or not at all: a browser got
 * gzip within gzip, or gzip without a word.
 */
export function honourDeclaredEncoding(response: ServerResponse): void {
  const { setHeader, appendHeader } = response;
  const meant = (name: string) => (name.toLowerCase() === ENCODING_HEADER ? 'content-encoding' : name);
  response.setHeader = function (this: ServerResponse, name, value) {
    return Reflect.apply(setHeader, this, [meant(name), value]);
  };
  response.appendHeader = function (this: ServerResponse, name, value) {
    return Reflect.apply(appendHeader, this, [meant(name), value]);
  };
}
