import { signOutRoute } from '@/lib/platform/auth/sign-out-route';

export const POST = signOutRoute;
