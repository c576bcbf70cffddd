import { finishSignIn, startSignIn } from '@/lib/platform/auth/sign-in/sign-in-route';

export const GET = finishSignIn;
export const POST = startSignIn;
