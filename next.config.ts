import type { NextConfig } from 'next';

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // Read by a route at run time, so tracing does not see it.
  outputFileTracingIncludes: {
    '/docs/api/scalar.js': ['./node_modules/@scalar/api-reference/dist/browser/standalone.js'],
  },
  poweredByHeader: false,
  // `npm run verify` checks the types; a start from a fresh clone should not pay for it again.
  typescript: { ignoreBuildErrors: true },
  // The optimizer fetches and decodes what it is told to; nothing here needs it.
  images: { unoptimized: true },
  // proxy.ts leaves the build's own files alone.
  headers: async () => [
    {
      source: '/_next/static/:path*',
      headers: [
        { key: 'x-content-type-options', value: 'nosniff' },
        { key: 'cross-origin-resource-policy', value: 'same-origin' },
      ],
    },
  ],
  serverExternalPackages: ['postgres', 'pino', 'pg-boss'],
};

export default config;
