/** A pattern in which `*` stands for any characters; compared segment by segment, so its cost cannot explode. */
export class TextPattern {
  private readonly first: string;
  private readonly last: string;
  private readonly middle: readonly string[];
  private readonly isExact: boolean;

  constructor(pattern: string) {
    const segments = pattern.split('*');
    this.isExact = segments.length === 1;
    this.first = segments[0] ?? '';
    this.last = segments.at(-1) ?? '';
    this.middle = segments.slice(1, -1).filter((segment) => segment !== '');
  }

  /** Whether the whole text matches; letters are compared as they are. */
  matches(text: string): boolean {
    if (this.isExact) return text === this.first;
    const end = text.length - this.last.length;
    let place = this.first.length;
    if (end < place || !text.startsWith(this.first) || !text.endsWith(this.last)) return false;
    for (const segment of this.middle) {
      const found = text.indexOf(segment, place);
      if (found === -1 || found + segment.length > end) return false;
      place = found + segment.length;
    }
    return true;
  }
}

/** A route as it is blocked: `[METHOD ][host]/path`; null stands for any. */
export interface RoutePattern {
  method: string | null;
  host: TextPattern | null;
  path: TextPattern;
}

const ROUTE = /^(?:([A-Z]{1,20}) )?([^/ ]*)(\/[^ ]*)$/;

/** @returns null where the text is no route */
export function parseRoute(value: string): RoutePattern | null {
  const match = ROUTE.exec(value);
  if (!match) return null;
  const [, method, host = '', path = ''] = match;
  return {
    method: method ?? null,
    host: host === '' || host === '*' ? null : new TextPattern(host.toLowerCase()),
    path: new TextPattern(path),
  };
}
