import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type {
  CreateViewInput,
  SavedViewDto,
  SavedViewListDto,
  UpdateViewInput,
} from '@/lib/assurance/findings/saved-views-contract';

export const savedViewsQuery = queryOptions({
  queryKey: ['finding-views'],
  queryFn: ({ signal }) => apiFetch<SavedViewListDto>('/finding-views', { signal }),
  staleTime: 30_000,
});

export const createView = (body: CreateViewInput) =>
  apiFetch<SavedViewDto>('/finding-views', { method: 'POST', body });

export const updateView = ({ id, version }: SavedViewDto, body: UpdateViewInput) =>
  apiFetch<SavedViewDto>(`/finding-views/${id}`, { method: 'PATCH', body, ifMatch: `"${version}"` });

export const deleteView = ({ id }: SavedViewDto) =>
  apiFetch<SavedViewDto>(`/finding-views/${id}/delete`, { method: 'POST', body: {} });
