type Handler = (request: Request) => Promise<Response>;

/** A browser of its own for tests: keeps cookies per host, follows redirects and refreshes only when told to. */
export class TestBrowser {
  private readonly jars = new Map<string, Map<string, string>>();

  /** `console` answers requests to `consoleUrl`; every other URL goes over the network. */
  constructor(
    private readonly consoleUrl: string,
    private readonly console: Handler,
    private readonly headers: Record<string, string> = {},
  ) {}

  private jar(url: string): Map<string, string> {
    const { host } = new URL(url);
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    return jar;
  }

  cookie(name: string): string | undefined {
    return this.jar(this.consoleUrl).get(name);
  }

  setCookie(name: string, value: string): void {
    this.jar(this.consoleUrl).set(name, value);
  }

  dropCookies(): void {
    this.jar(this.consoleUrl).clear();
  }

  async open(
    url: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const jar = this.jar(url);
    const sent = new Headers({ 'user-agent': 'TestBrowser/1', ...this.headers, ...headers });
    if (jar.size > 0) sent.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    if (form && !sent.has('sec-fetch-site')) sent.set('sec-fetch-site', 'same-origin');
    const request = new Request(url, {
      method: form ? 'POST' : 'GET',
      headers: sent,
      redirect: 'manual',
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    const response = url.startsWith(this.consoleUrl) ? await this.console(request) : await fetch(request);
    for (const line of response.headers.getSetCookie()) this.keep(jar, line);
    return response;
  }

  private keep(jar: Map<string, string>, line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    const isOver = attributes.some((one) => /^\s*max-age=0$/i.test(one)) || pair.slice(at + 1) === '';
    if (isOver) jar.delete(pair.slice(0, at));
    else jar.set(pair.slice(0, at), pair.slice(at + 1));
  }

  /** Where an answer leads: its Location or its Refresh, absolute. */
  static next(response: Response, base: string): string {
    const refresh = /url=(.*)$/.exec(response.headers.get('refresh') ?? '')?.[1];
    const target = response.headers.get('location') ?? refresh;
    if (!target) throw new Error(`Status ${response.status} leads nowhere.`);
    return new URL(target, base).href;
  }
}
