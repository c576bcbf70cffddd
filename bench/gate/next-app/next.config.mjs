import { join } from 'node:path';

export default {
  serverExternalPackages: ['postgres'],
  turbopack: { root: join(import.meta.dirname, '../../..') },
  typescript: { ignoreBuildErrors: true },
};
