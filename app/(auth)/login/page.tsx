import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { buttonClass } from '@/components/ui/button-class';
import { Callout } from '@/components/ui/callout';
import { currentActor } from '@/lib/platform/auth/session/page';
import { safeReturnUrl } from '@/lib/platform/auth/sign-in/return-path';
import { getEnv } from '@/lib/platform/core/env/env';
import { awaitsFirstOperator } from '@/lib/platform/tenancy/queries';

export const metadata: Metadata = { title: 'Sign in' };

const PROBLEMS: Record<string, string> = {
  cancelled: 'Sign-in was cancelled.',
  expired: 'The sign-in expired or was started in another window. Sign in again here.',
  failed:
    'The sign-in provider could not verify your identity. Try again. If the problem continues, contact your operator.',
  unavailable: 'Could not reach the sign-in provider. Try again in a moment.',
};

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/** The cookies of a sign-in belong to one host name: at http://127.0.0.1 they would be lost on the way back. */
async function openAtOwnAddress(consoleUrl: string, isLocal: boolean): Promise<void> {
  const host = (await headers()).get('host');
  if (isLocal && host && host !== new URL(consoleUrl).host) redirect(`${consoleUrl}/login`);
}

async function invitationText(isLocal: boolean): Promise<string> {
  if (!isLocal) return 'Sign in with the account your operator invited.';
  const more = (await awaitsFirstOperator()) ? ' The first person to sign in becomes the operator.' : '';
  return `Local mode: you can sign in with any name on the next page.${more}`;
}

export default async function LoginPage({ searchParams }: Props) {
  const { consoleUrl, mode, signInProviders } = getEnv();
  await openAtOwnAddress(consoleUrl, mode === 'local');
  const params = await searchParams;
  const callbackUrl = safeReturnUrl(one(params.callbackUrl), consoleUrl);
  if (await currentActor()) redirect(callbackUrl);
  const problem = PROBLEMS[one(params.error) ?? ''];
  const isLocal = signInProviders.some(({ kind }) => kind === 'local');
  return (
    <>
      <div className="flex flex-col gap-1">
        <h1 className="text-xl font-semibold">Sign in</h1>
        <p className="text-muted">{await invitationText(isLocal)}</p>
      </div>
      {problem ? <Callout tone="danger">{problem}</Callout> : null}
      <div className="flex flex-col gap-2">
        {signInProviders.map(({ id, label, kind }) => (
          <form key={id} method="post" action={`/api/auth/signin/${id}`}>
            <input type="hidden" name="callbackUrl" value={callbackUrl} />
            <button
              type="submit"
              className={buttonClass({
                variant: signInProviders.length === 1 ? 'primary' : 'secondary',
                className: 'h-9 w-full',
              })}
            >
              {kind === 'local' ? 'Continue to local sign-in' : `Continue with ${label}`}
            </button>
          </form>
        ))}
      </div>
      {signInProviders.length === 0 ? (
        <Callout tone="warning" title="No sign-in provider is configured">
          Configure a provider in the environment, then restart Bulwark.
        </Callout>
      ) : null}
    </>
  );
}
