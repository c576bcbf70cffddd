import type { Metadata } from 'next';
import { ButtonLink } from '@/components/ui/button';

export const metadata: Metadata = { title: 'Too many requests' };

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** Where a page view ends that a rate limit refused. */
export default async function TooManyRequestsPage({ searchParams }: Props) {
  const { seconds } = await searchParams;
  const wait = typeof seconds === 'string' && /^\d{1,7}$/.test(seconds) ? Number(seconds) : null;
  return (
    <>
      <div className="flex flex-col gap-1">
        <h1 className="text-xl font-semibold">Too many requests</h1>
        <p className="text-muted">
          You have reached the console’s rate limit.{' '}
          {wait === null ? 'Wait a minute.' : `Wait ${wait} seconds.`} An operator can change the limit in
          security/rate-limit.yaml.
        </p>
      </div>
      <div>
        <ButtonLink href="/">Go to overview</ButtonLink>
      </div>
    </>
  );
}
