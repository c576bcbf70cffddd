import { attest } from '@/lib/assurance/checklist/attest';
import { attestInput } from '@/lib/assurance/checklist/contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({ permission: 'checklist:run', input: attestInput, status: 201, run: attest });
