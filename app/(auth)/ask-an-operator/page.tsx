import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { currentSession } from '@/lib/platform/auth/session/page';
import { SignOutForm } from '../sign-out-form';

export const metadata: Metadata = { title: 'Ask an operator' };

export default async function AskAnOperatorPage() {
  const session = await currentSession();
  if (!session) redirect('/login');
  if (session.role) redirect('/');
  return (
    <>
      <div className="flex flex-col gap-1">
        <h1 className="text-xl font-semibold">Ask an operator</h1>
        <p className="text-muted">
          You are signed in as <span className="font-medium text-ink">{session.userName}</span>, but you have
          no access here yet.
        </p>
      </div>
      <p>
        {session.isUserDisabled
          ? 'Your account is disabled. An operator can enable it again.'
          : 'Ask an operator to invite you, then sign in again.'}
      </p>
      <SignOutForm label="Sign out" />
    </>
  );
}
