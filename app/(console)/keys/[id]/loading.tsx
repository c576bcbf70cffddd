import { KeyDetailSkeleton } from '@/components/api-keys/key-detail-skeleton';

export default function Loading() {
  return <KeyDetailSkeleton />;
}
