import { ButtonLink } from '@/components/ui/button';
import { PageBody, PageHeader } from '@/components/ui/page-header';

export default function NotFound() {
  return (
    <PageBody width="form" className="pt-24">
      <PageHeader title="Not found" status="There is no such page, or you have no access to what it shows." />
      <div>
        <ButtonLink href="/overview">Go to the overview</ButtonLink>
      </div>
    </PageBody>
  );
}
