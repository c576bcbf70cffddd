import type { IncomingMessage } from 'node:http';

type AddHeaderLine = (this: IncomingMessage, name: string, value: string, headers: object) => void;

/**
 * Lets a class of requests put only these headers into `request.headers`. Node makes that object for every request, to
 * look at Host and Expect; whoever needs more reads `rawHeaders`, which stays whole. What is kept, Node adds as ever.
 */
export function keepHeaders(RequestClass: typeof IncomingMessage, names: readonly string[]): void {
  const { prototype } = RequestClass;
  const add: unknown = Reflect.get(prototype, '_addHeaderLine');
  if (typeof add !== 'function') return;
  const kept = new Set(names);
  const lengths = new Set(names.map((name) => name.length));
  const addKept: AddHeaderLine = function (name, value, headers) {
    if (lengths.has(name.length) && kept.has(name.toLowerCase())) add.call(this, name, value, headers);
  };
  Object.defineProperty(prototype, '_addHeaderLine', { value: addKept });
}
