import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;
const shared = {
  resolve: { alias: { '@': root } },
  oxc: { jsx: { runtime: 'automatic' as const } },
};
const everywhere = ['**/node_modules/**', '.next/**', '.build/**', '.bulwark/**', 'e2e/**'];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          environment: 'node',
          setupFiles: ['./test-setup.ts'],
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...everywhere, '**/*.db.test.ts', '**/*.dom.test.tsx'],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'db',
          environment: 'node',
          setupFiles: ['./test-setup.ts'],
          globalSetup: ['./db/test/global-setup.ts'],
          include: ['**/*.db.test.ts'],
          exclude: everywhere,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'chaos',
          environment: 'node',
          setupFiles: ['./test-setup.ts'],
          include: ['e2e/chaos/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          setupFiles: ['./test-setup.ts', './test-setup-dom.ts'],
          include: ['**/*.dom.test.tsx'],
          exclude: everywhere,
          testTimeout: 30_000,
        },
      },
    ],
  },
});
