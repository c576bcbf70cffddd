import { PageBody } from '@/components/ui/page-header';
import { Skeleton, SkeletonLines } from '@/components/ui/skeleton';

export default function Loading() {
  return (
    <PageBody width="full">
      <Skeleton className="h-7 w-32" />
      <Skeleton className="h-8 w-full" />
      <Skeleton className="h-[104px] w-full" />
      <SkeletonLines lines={8} label="Loading detections" />
    </PageBody>
  );
}
