import { PageBody } from '@/components/ui/page-header';
import { Skeleton, SkeletonLines } from '@/components/ui/skeleton';

export default function Loading() {
  return (
    <PageBody width="read">
      <Skeleton className="h-7 w-40" />
      <SkeletonLines lines={6} label="Loading" />
    </PageBody>
  );
}
