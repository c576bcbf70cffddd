const STYLE = `
:root { color-scheme: light dark; --page: #f4f5f7; --surface: #ffffff; --line: #d9dce1; --text: #16191d;
  --quiet: #5a6270; --field: #ffffff; --accent: #2450c8; --on-accent: #ffffff; --note: #fdf3d7; --note-text: #5c4300;
  --note-line: #e7cd86; --danger: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #0e1013; --surface: #16191e; --line: #2c313a; --text: #e8eaee;
  --quiet: #a0a8b5; --field: #0e1013; --accent: #8ba8ff; --on-accent: #0b1020; --note: #2b2410; --note-text: #f0d994;
  --note-line: #57491f; --danger: #ffb4ab; } }
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; background: var(--page); color: var(--text); font: 14px/20px system-ui, -apple-system,
  "Segoe UI", Roboto, sans-serif; display: flex; flex-direction: column; }
.banner { background: var(--note); color: var(--note-text); border-bottom: 1px solid var(--note-line);
  padding: 8px 16px; text-align: center; font-size: 13px; }
main { flex: 1; display: grid; place-content: center; grid-template-columns: minmax(0, 360px); padding: 32px 16px; }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 32px; }
h1 { font-size: 20px; line-height: 28px; font-weight: 600; letter-spacing: -0.01em; }
p { color: var(--quiet); margin-top: 4px; }
form { margin-top: 24px; }
label { display: block; font-size: 13px; font-weight: 500; margin-bottom: 4px; }
input { width: 100%; height: 36px; padding: 0 12px; font: inherit; color: inherit; background: var(--field);
  border: 1px solid var(--quiet); border-radius: 6px; }
.hint { font-size: 12px; line-height: 16px; }
.error { color: var(--danger); font-size: 13px; }
button, .button { display: block; width: 100%; height: 36px; margin-top: 16px; border: 1px solid transparent; border-radius: 6px;
  font: inherit; font-weight: 500; line-height: 34px; text-align: center; text-decoration: none; cursor: pointer;
  background: var(--accent); color: var(--on-accent); }
button.quiet { margin-top: 8px; background: transparent; color: var(--quiet); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

interface Page {
  title: string;
  /** HTML, already escaped */
  body: string;
  nonce: string;
}

function page({ title, body, nonce }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header class="banner" role="banner">Local development sign-in. Accepts any name. Not available in production.</header>
<main><div class="panel">${body}</div></main>
</body>
</html>`;
}

/** The sign-in page; `error` is a sentence about the name that was just sent. */
export function signInPage(options: {
  action: string;
  nonce: string;
  name?: string;
  error?: string;
}): string {
  const error = options.error
    ? `<p class="error" id="error" role="alert">${escapeHtml(options.error)}</p>`
    : '';
  const described = options.error ? 'error hint' : 'hint';
  const body = `<h1>Sign in to Bulwark</h1>
<p>Choose who you are on this machine.</p>
<form method="post" action="${escapeHtml(options.action)}">
<label for="name">Name</label>
<input id="name" name="name" value="${escapeHtml(options.name ?? '')}" autocomplete="username" autocapitalize="none"
  spellcheck="false" maxlength="60" required autofocus aria-describedby="${described}"${options.error ? ' aria-invalid="true"' : ''}>
${error}<p class="hint" id="hint">Any name works. The first person to sign in becomes the operator.</p>
<button type="submit">Sign in</button>
<button type="submit" class="quiet" name="cancel" value="1" formnovalidate>Cancel</button>
</form>`;
  return page({ title: 'Sign in to Bulwark', body, nonce: options.nonce });
}

/** A page for a flow that cannot go on, with the way back. */
export function deadEndPage(options: { message: string; consoleUrl: string; nonce: string }): string {
  const body = `<h1>Sign-in could not continue</h1>
<p>${escapeHtml(options.message)}</p>
<a class="button" href="${escapeHtml(options.consoleUrl)}">Back to the console</a>`;
  return page({ title: 'Sign-in ended', body, nonce: options.nonce });
}
