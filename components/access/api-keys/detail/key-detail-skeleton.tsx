import { PageBody } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Skeleton, SkeletonLines } from '@/components/ui/skeleton';

/** The shape of the detail page before its key is there. */
export function KeyDetailSkeleton() {
  return (
    <PageBody>
      <div className="flex flex-col gap-2">
        <Skeleton className="h-7 w-56" />
        <Skeleton className="w-80 max-w-full" />
      </div>
      <Panel className="grid gap-8 p-4 md:grid-cols-2">
        <SkeletonLines lines={7} label="Loading the key" />
        <Skeleton className="hidden h-full md:block" />
      </Panel>
      <Skeleton className="h-28 w-full" />
    </PageBody>
  );
}
