const UNSAFE = /[\\\s\p{Cc}]/u;

/**
 * Where to go after sign-in: only a page of this console. `//evil`, back-slashes, other origins, the API and the
 * sign-in pages themselves lead to the start page.
 * @returns an absolute URL on `origin`
 */
export function safeReturnUrl(wanted: string | null | undefined, origin: string): string {
  const home = `${origin}/`;
  if (!wanted || wanted.length > 2_000 || UNSAFE.test(wanted) || wanted.startsWith('//')) return home;
  if (!URL.canParse(wanted, origin)) return home;
  const url = new URL(wanted, origin);
  if (url.origin !== origin || url.username || url.password || url.pathname.startsWith('//')) return home;
  if (/^\/(api|login|signed-out|ask-an-operator|not-allowed)(\/|$)/.test(url.pathname)) return home;
  return `${origin}${url.pathname}${url.search}${url.hash}`;
}
