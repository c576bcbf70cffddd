import { ButtonLink } from '@/components/ui/button';
import { PageBody, PageHeader } from '@/components/ui/page-header';

export default function NotFound() {
  return (
    <PageBody width="form" className="pt-24">
      <PageHeader title="Not found" status="This page does not exist, or you do not have access to it." />
      <div>
        <ButtonLink href="/overview">Go to the overview</ButtonLink>
      </div>
    </PageBody>
  );
}
