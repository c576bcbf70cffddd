import type { Metadata } from 'next';
import { ButtonLink } from '@/components/ui/button';

export const metadata: Metadata = { title: 'Signed out' };

export default function SignedOutPage() {
  return (
    <>
      <div className="flex flex-col gap-1">
        <h1 className="text-xl font-semibold">You are signed out</h1>
        <p className="text-muted">
          Your Bulwark session has ended. You may still be signed in with your sign-in provider.
        </p>
      </div>
      <div>
        <ButtonLink href="/login" variant="primary">
          Sign in again
        </ButtonLink>
      </div>
    </>
  );
}
