'use client';

import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ThemeProvider } from 'next-themes';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { type ReactNode, useState } from 'react';
import { config as configureZod } from 'zod';
import { TimeZoneProvider } from '@/components/ui/time-zone';
import { Toaster } from '@/components/ui/toast';
import { TooltipProvider } from '@/components/ui/tooltip';
import { mayPass } from './api-client';
import { ShortcutProvider } from './shortcut-provider';

// Its compiled parsers need eval, which the content security policy refuses (and the browser reports).
configureZod({ jitless: true });

const QUERY_STALE_MS = 10_000;

const retry = (failures: number, error: unknown) => failures < 1 && mayPass(error);

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { staleTime: QUERY_STALE_MS, retry, refetchOnWindowFocus: true } },
  });
}

/** Everything a screen needs around it. `nonce` is the request's CSP nonce for inline theme script and styles. */
export function Providers({ nonce, children }: { nonce?: string; children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem nonce={nonce}>
      <CSPProvider nonce={nonce}>
        <QueryClientProvider client={queryClient}>
          <NuqsAdapter>
            <TimeZoneProvider>
              <ShortcutProvider>
                <TooltipProvider>
                  {children}
                  <Toaster />
                </TooltipProvider>
              </ShortcutProvider>
            </TimeZoneProvider>
          </NuqsAdapter>
        </QueryClientProvider>
      </CSPProvider>
    </ThemeProvider>
  );
}
