'use client';

import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const LastCrumbContext = createContext<(label: string | null) => void>(() => {});
const LastCrumbValue = createContext<string | null>(null);

export function CrumbProvider({ children }: { children: ReactNode }) {
  const [label, setLabel] = useState<string | null>(null);
  return (
    <LastCrumbContext value={setLabel}>
      <LastCrumbValue value={label}>{children}</LastCrumbValue>
    </LastCrumbContext>
  );
}

export function useLastCrumb(): string | null {
  return useContext(LastCrumbValue);
}

/** Adds the current object's name to the breadcrumb: `<PageCrumb label={key.name} />`. */
export function PageCrumb({ label }: { label: string }) {
  const setLabel = useContext(LastCrumbContext);
  useEffect(() => {
    setLabel(label);
    return () => setLabel(null);
  }, [label, setLabel]);
  return null;
}
