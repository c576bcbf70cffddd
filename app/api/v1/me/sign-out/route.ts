import { signOutRoute } from '@/lib/auth/sign-out-route';

export const POST = signOutRoute;
