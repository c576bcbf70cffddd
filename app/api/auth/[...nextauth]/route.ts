import { finishSignIn, startSignIn } from '@/lib/auth/sign-in-route';

export const GET = finishSignIn;
export const POST = startSignIn;
