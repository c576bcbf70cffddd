import { KeyDetailSkeleton } from '@/components/access/api-keys/key-detail-skeleton';

export default function Loading() {
  return <KeyDetailSkeleton />;
}
