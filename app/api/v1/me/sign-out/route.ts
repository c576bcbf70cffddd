import { signOutRoute } from '@/lib/platform/auth/sign-in/sign-out-route';

export const POST = signOutRoute;
