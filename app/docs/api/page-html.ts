const CONFIGURATION = {
  url: '/api/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: '',
  hideClientButton: true,
  showDeveloperTools: 'never',
  mcp: { disabled: true },
  agent: { disabled: true },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  metaData: { title: 'API reference · Bulwark' },
};

/** Scalar makes style elements while it runs; with the page's nonce the policy of all pages lets them through. */
const GIVE_STYLES_THE_NONCE = `{
  const { nonce } = document.currentScript;
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const element = create(name, options);
    if (String(name).toLowerCase() === 'style') element.nonce = nonce;
    return element;
  };
}`;

/** The page around Scalar's bundle. @param nonce of the content security policy, base64 */
export function referencePage(nonce: string): string {
  if (!/^[A-Za-z0-9+/=]*$/.test(nonce)) throw new Error('The nonce is not base64');
  const configuration = JSON.stringify(CONFIGURATION).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<title>API reference · Bulwark</title>
</head>
<body>
<noscript>The reference needs JavaScript. The description itself is at <a href="/api/openapi.json">/api/openapi.json</a>.</noscript>
<div id="reference"></div>
<script nonce="${nonce}">${GIVE_STYLES_THE_NONCE}</script>
<script nonce="${nonce}" src="/docs/api/scalar.js"></script>
<script nonce="${nonce}">Scalar.createApiReference('#reference', ${configuration})</script>
</body>
</html>
`;
}
