import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScanDto } from '@/lib/assurance/findings/contract';
import { testScan } from './test-scan';
import { UploadDialog } from './upload-dialog';

/** The browser's side of an upload: what is sent is kept, the answer comes when the test says so. */
class HeldRequest {
  static sent: HeldRequest[] = [];
  url = '';
  headers = new Map<string, string>();
  body: unknown = null;
  upload: { onprogress: ((event: { loaded: number }) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  status = 0;
  responseText = '';
  open(_method: string, url: string) {
    this.url = url;
  }
  setRequestHeader(name: string, value: string) {
    this.headers.set(name, value);
  }
  getResponseHeader() {
    return null;
  }
  send(body: unknown) {
    this.body = body;
    HeldRequest.sent.push(this);
  }
  abort() {
    this.onabort?.();
  }
  answer(status: number, body: unknown) {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }
}

beforeEach(() => {
  HeldRequest.sent = [];
  vi.stubGlobal('XMLHttpRequest', HeldRequest);
});
afterEach(() => vi.unstubAllGlobals());

const report = () => new File(['{"SchemaVersion":2}'], 'trivy.json', { type: 'application/json' });

function show(scan: ScanDto = testScan()) {
  vi.stubGlobal('fetch', async (url: string) =>
    Response.json(url.includes('/diff') ? { items: [], nextCursor: null } : scan),
  );
  const onClose = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <div data-tenant-id="tenant-1">
        <UploadDialog rights={{ canDecide: true, canSeeFindings: true }} onClose={onClose} />
      </div>
    </QueryClientProvider>,
  );
  return { user: userEvent.setup(), onClose };
}

async function send(user: ReturnType<typeof userEvent.setup>): Promise<HeldRequest> {
  await user.type(screen.getByLabelText('Asset'), 'web');
  await user.click(screen.getByRole('button', { name: 'Upload' }));
  await waitFor(() => expect(HeldRequest.sent.length).toBeGreaterThan(0));
  const request = HeldRequest.sent.at(-1);
  if (!request) throw new Error('nothing was sent');
  return request;
}

describe('UploadDialog', () => {
  it('says what is missing and sends nothing', async () => {
    const { user } = show();
    await user.click(screen.getByRole('button', { name: 'Upload' }));
    expect(await screen.findByText('Choose a report.')).toBeTruthy();
    expect(screen.getByLabelText('Asset').getAttribute('aria-invalid')).toBe('true');
    expect(HeldRequest.sent).toEqual([]);
  });

  it('sends a dropped report as this tenant, shows how far it is, then what it came to', async () => {
    const { user } = show();
    const file = report();
    fireEvent.drop(screen.getByText(/Drop a report here/), { dataTransfer: { files: [file] } });
    expect(await screen.findByText('trivy.json')).toBeTruthy();
    await user.click(screen.getByRole('checkbox', { name: /covers the whole asset/ }));
    const request = await send(user);
    expect(request.url).toBe('/api/v1/scans?asset=web&branch=main&complete=false&file=trivy.json');
    expect(request.body).toBe(file);
    expect(request.headers.get('x-bulwark-tenant')).toBe('tenant-1');
    expect(request.headers.get('idempotency-key')).toBeTruthy();
    act(() => request.upload.onprogress?.({ loaded: 10 }));
    expect(await screen.findByText('10 B of 19 B')).toBeTruthy();
    act(() => request.answer(202, { scanId: testScan().id }));
    expect(await screen.findByText('Imported')).toBeTruthy();
    const counts = within(screen.getByRole('region', { name: 'Findings of this run' }));
    expect(counts.getByText('Fixed').parentElement?.textContent).toBe('Fixed3');
    await user.click(counts.getByRole('button', { name: '3 fixed' }));
    expect(screen.getByRole('tab', { name: /Fixed/ }).getAttribute('aria-selected')).toBe('true');
  });

  it('keeps the form after a refusal and repeats the key, so that nothing is taken twice', async () => {
    const { user } = show();
    await user.upload(screen.getByLabelText('Report'), report());
    const first = await send(user);
    act(() => first.answer(413, { code: 'too_large', detail: 'The report is larger than 100 MB.' }));
    expect(await screen.findByText('The report is larger than 100 MB.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Upload' }));
    await waitFor(() => expect(HeldRequest.sent.length).toBe(2));
    expect(HeldRequest.sent[1]?.headers.get('idempotency-key')).toBe(first.headers.get('idempotency-key'));
  });

  it('stops on request without calling it a failure', async () => {
    const { user } = show();
    await user.upload(screen.getByLabelText('Report'), report());
    await send(user);
    await user.click(screen.getByRole('button', { name: 'Stop' }));
    expect(await screen.findByRole('button', { name: 'Cancel' })).toBeTruthy();
    expect(screen.queryByText('Could not upload the report')).toBeNull();
  });
});
