import type { ReactNode } from 'react';
import { FilterValue } from '@/components/data-table/filter-value';
import { DescriptionItem } from '@/components/ui/description-list';
import { visibleText } from '@/components/ui/visible-text';

/** A titled part of a drawer. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-xs font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

export interface FactProps {
  label: string;
  filterKey?: string;
  value: string | null;
  children?: ReactNode;
  mono?: boolean;
}

/** One value; a dash where there is none, Filter and Exclude where the list can be narrowed by it. */
export function Fact({ label, filterKey, value, children, mono }: FactProps) {
  const text = value === null ? null : visibleText(value);
  const shown = children ?? (mono ? <code className="text-xs break-all">{text}</code> : text);
  return (
    <DescriptionItem label={label}>
      {value === null ? (
        <span className="text-faint">–</span>
      ) : filterKey ? (
        <FilterValue filterKey={filterKey} value={value}>
          {shown}
        </FilterValue>
      ) : (
        shown
      )}
    </DescriptionItem>
  );
}
