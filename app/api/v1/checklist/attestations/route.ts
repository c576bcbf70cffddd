import { apiRoute } from '@/lib/auth/api-route';
import { attest } from '@/lib/checklist/attest';
import { attestInput } from '@/lib/checklist/contract';

export const POST = apiRoute({ permission: 'checklist:run', input: attestInput, status: 201, run: attest });
