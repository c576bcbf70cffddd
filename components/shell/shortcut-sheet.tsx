'use client';

import { Switch } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Kbd } from '@/components/ui/kbd';
import { useShortcuts } from './shortcut-provider';
import {
  isCharacterKey,
  type ShortcutDefinition,
  type ShortcutGroup,
  type ShortcutId,
  shortcuts,
} from './shortcuts';

const GROUPS: readonly ShortcutGroup[] = ['General', 'Go to', 'List', 'Open row'];

export function ShortcutSheet({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { bound, characterKeys, setCharacterKeys } = useShortcuts();
  const usable = (shortcuts as readonly ShortcutDefinition[]).filter(({ id }) => bound.has(id as ShortcutId));
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts" size="lg">
      <div className="flex flex-col gap-6">
        <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
          {GROUPS.map((group) => {
            const entries = usable.filter((shortcut) => shortcut.group === group);
            if (entries.length === 0) return null;
            return (
              <section key={group}>
                <h3 className="border-b border-line pb-1.5 text-sm font-semibold">{group}</h3>
                <ul className="divide-y divide-line">
                  {entries.map((shortcut) => (
                    <ShortcutRow
                      key={shortcut.id}
                      shortcut={shortcut}
                      off={!characterKeys && isCharacterKey(shortcut.keys)}
                    />
                  ))}
                </ul>
              </section>
            );
          })}
        </div>
        <Switch
          checked={characterKeys}
          onCheckedChange={setCharacterKeys}
          label="Single-character shortcuts"
          hint="Turn these off if you use speech input or press keys by accident. Shortcuts that use Ctrl or ⌘ stay on."
        />
      </div>
    </Dialog>
  );
}

function ShortcutRow({ shortcut, off }: { shortcut: ShortcutDefinition; off: boolean }) {
  return (
    <li className="flex h-8 items-center justify-between gap-4 text-sm">
      <span className={off ? 'text-faint line-through' : 'text-muted'}>{shortcut.label}</span>
      <span className="flex items-center gap-2">
        {shortcut.keys.split(', ').map((keys) => (
          <Kbd key={keys} keys={keys} />
        ))}
      </span>
    </li>
  );
}
