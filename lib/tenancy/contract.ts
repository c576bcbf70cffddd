import { z } from 'zod';

/** The instance's home tenant: seeded by the first migration; events that belong to no tenant are recorded here. */
export const DEFAULT_TENANT_ID = '01930000-0000-7000-8000-000000000001';

export const ROLES = ['operator', 'analyst', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export const tenantSlug = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/,
    'Use 3 to 40 lower-case letters, digits and hyphens, starting with a letter.',
  );
