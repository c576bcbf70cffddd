import { KeyDetailSkeleton } from '@/components/access/api-keys/detail/key-detail-skeleton';

export default function Loading() {
  return <KeyDetailSkeleton />;
}
