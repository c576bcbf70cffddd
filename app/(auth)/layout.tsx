import type { ReactNode } from 'react';
import { Logo } from '@/components/shell/logo';

export default function SignInLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center bg-canvas px-4 py-10">
      <div className="flex w-full max-w-90 flex-col gap-6">
        <div className="flex items-center gap-2 text-ink">
          <Logo />
          <span className="text-lg font-semibold">Bulwark</span>
        </div>
        {children}
      </div>
    </main>
  );
}
