import { it } from 'vitest';
import { surviveRotations } from './test/rotation-survival';

// e2e/chaos/rotation.test.ts kills it ten times.
it(
  'a service with the agent survives two rotations under load, the worker being killed four times',
  () => surviveRotations(2, 4),
  240_000,
);
