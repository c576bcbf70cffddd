'use client';

import { Filter } from 'lucide-react';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { Drawer } from '@/components/ui/drawer';
import { IconButton } from '@/components/ui/icon-button';
import type { DataColumn, FacetDefinition, FacetValue, FilterKey } from './data-view-types';
import { FacetPanel } from './facet-panel';
import { FilterBar } from './filter-bar';
import { RangePicker } from './range-picker';
import { LiveButton, RefreshButton, TakeMenu, ViewMenu } from './toolbar';
import type { DataViewUrl } from './use-data-view-state';
import type { Density } from './use-density';

export interface DataViewToolbarProps<Row> {
  url: DataViewUrl;
  columns: readonly DataColumn<Row>[];
  visibleIds: readonly string[];
  filterKeys: readonly FilterKey[];
  filterPlaceholder?: string;
  facets?: { definitions: readonly FacetDefinition[] };
  facetValues: Readonly<Record<string, readonly FacetValue[]>>;
  density: Density;
  onDensity: (density: Density) => void;
  live?: boolean;
  canLive: boolean;
  busy: boolean;
  onRefresh: () => void;
  curl?: () => string;
  json: () => string;
  exportItems?: ReactNode;
}

export function DataViewToolbar<Row>(props: DataViewToolbarProps<Row>) {
  const { url } = props;
  return (
    <div data-print="hide" className="flex flex-wrap items-start gap-2">
      <div className="flex min-w-0 flex-1 basis-80">
        <FilterBar
          keys={props.filterKeys}
          facets={props.facetValues}
          clauses={url.clauses}
          onChange={url.setClauses}
          placeholder={props.filterPlaceholder}
        />
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {props.facets ? (
          <PhoneFacets definitions={props.facets.definitions} values={props.facetValues} />
        ) : null}
        {url.range ? <RangePicker range={url.range} onChange={url.setRange} /> : null}
        {props.live ? (
          <LiveButton live={url.live && props.canLive} disabled={!props.canLive} onLive={url.setLive} />
        ) : null}
        <RefreshButton busy={props.busy} onRefresh={props.onRefresh} />
        <ViewMenu
          columns={props.columns}
          visibleIds={props.visibleIds}
          onHidden={url.setHidden}
          density={props.density}
          onDensity={props.onDensity}
        />
        <TakeMenu curl={props.curl} json={props.json} exportItems={props.exportItems} />
      </div>
    </div>
  );
}

function PhoneFacets({
  definitions,
  values,
}: {
  definitions: readonly FacetDefinition[];
  values: Readonly<Record<string, readonly FacetValue[]>>;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Drawer
      open={open}
      onOpenChange={setOpen}
      title="Filter by"
      trigger={
        <IconButton label="Facets" variant="secondary" tooltip={false} className="md:hidden">
          <Filter aria-hidden />
        </IconButton>
      }
    >
      <FacetPanel definitions={definitions} values={values} />
    </Drawer>
  );
}
