import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { ButtonLink } from '@/components/ui/button';
import { PERMISSIONS, type Permission } from '@/lib/platform/auth/contract';
import { currentActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Not allowed' };

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const isPermission = (value: unknown): value is Permission =>
  typeof value === 'string' && Object.hasOwn(PERMISSIONS, value);

export default async function NotAllowedPage({ searchParams }: Props) {
  const actor = await currentActor();
  if (!actor) redirect('/login');
  const { permission, blocked } = await searchParams;
  return (
    <>
      <div className="flex flex-col gap-1">
        <h1 className="text-xl font-semibold">You do not have access</h1>
        {blocked ? (
          <p className="text-muted">
            Your account or your address is blocked in this tenant. Another operator can lift the block.
          </p>
        ) : (
          <p className="text-muted">
            Your role here is <span className="font-medium text-ink">{actor.role}</span>. It does not include
            this page.
          </p>
        )}
      </div>
      {isPermission(permission) ? (
        <p>
          Missing: {PERMISSIONS[permission].toLowerCase()}{' '}
          <code className="font-mono text-sm text-muted">{permission}</code>. An operator can change your
          role.
        </p>
      ) : null}
      <div>
        <ButtonLink href="/">Go to overview</ButtonLink>
      </div>
    </>
  );
}
