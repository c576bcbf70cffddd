import { PageBody } from '@/components/ui/page-header';
import { Skeleton, SkeletonLines } from '@/components/ui/skeleton';

export default function Loading() {
  return (
    <PageBody width="full">
      <Skeleton className="h-7 w-24" />
      <Skeleton className="h-8 w-full" />
      <SkeletonLines lines={8} label="Loading the secrets" />
    </PageBody>
  );
}
