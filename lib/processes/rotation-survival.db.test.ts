import { it } from 'vitest';
import { surviveRotations } from './test/rotation-survival';

// e2e/chaos/rotation.test.ts kills it ten times.
it(
  'a service with the agent survives a rotation under load, the worker being killed three times',
  () => surviveRotations(1, 3),
  300_000,
);
