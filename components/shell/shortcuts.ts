export type ShortcutGroup = 'General' | 'Go to' | 'List' | 'Open row';

export interface ShortcutDefinition {
  id: string;
  /** `mod+k` together, `g k` one after the other; alternatives separated by a comma. */
  keys: string;
  label: string;
  group: ShortcutGroup;
  /** `page` rests while a modal dialog is open; `always` works there and in inputs too. */
  scope: 'always' | 'page';
}

/** The one list of shortcuts: hotkeys, palette, tooltips and the `?` sheet all read it. */
export const shortcuts = [
  { id: 'palette', keys: 'mod+k', label: 'Open the command palette', group: 'General', scope: 'always' },
  {
    id: 'sidebar',
    keys: 'mod+b',
    label: 'Collapse or expand the sidebar',
    group: 'General',
    scope: 'always',
  },
  { id: 'sheet', keys: '?, mod+/', label: 'Show keyboard shortcuts', group: 'General', scope: 'page' },
  { id: 'new', keys: 'shift+n', label: 'New', group: 'General', scope: 'page' },
  { id: 'rotate', keys: 'r', label: 'Rotate the key', group: 'General', scope: 'page' },
  { id: 'go-overview', keys: 'g o', label: 'Go to Overview', group: 'Go to', scope: 'page' },
  { id: 'go-findings', keys: 'g f', label: 'Go to Findings', group: 'Go to', scope: 'page' },
  { id: 'go-detections', keys: 'g d', label: 'Go to Detections', group: 'Go to', scope: 'page' },
  { id: 'go-incidents', keys: 'g i', label: 'Go to Incidents', group: 'Go to', scope: 'page' },
  { id: 'go-keys', keys: 'g k', label: 'Go to Keys', group: 'Go to', scope: 'page' },
  { id: 'go-secrets', keys: 'g s', label: 'Go to Secrets', group: 'Go to', scope: 'page' },
  { id: 'go-checklist', keys: 'g c', label: 'Go to Checklist', group: 'Go to', scope: 'page' },
  { id: 'go-audit', keys: 'g a', label: 'Go to Audit log', group: 'Go to', scope: 'page' },
  { id: 'go-reports', keys: 'g r', label: 'Go to Reports', group: 'Go to', scope: 'page' },
  { id: 'filter', keys: '/', label: 'Go to the filter box', group: 'List', scope: 'page' },
  { id: 'clear-filters', keys: 'f c', label: 'Clear all filters', group: 'List', scope: 'page' },
  { id: 'refresh', keys: 'shift+r', label: 'Refresh', group: 'List', scope: 'page' },
  { id: 'range', keys: 'shift+p', label: 'Change the time range', group: 'List', scope: 'page' },
  { id: 'export', keys: 'shift+e', label: 'Export', group: 'List', scope: 'page' },
  { id: 'live', keys: 'mod+j', label: 'Start or pause live tail', group: 'List', scope: 'page' },
  { id: 'row-next', keys: 'j', label: 'Next row', group: 'Open row', scope: 'page' },
  { id: 'row-previous', keys: 'k', label: 'Previous row', group: 'Open row', scope: 'page' },
  { id: 'row-select', keys: 'x', label: 'Select the row', group: 'Open row', scope: 'page' },
  { id: 'row-resolve', keys: 'e', label: 'Resolve', group: 'Open row', scope: 'page' },
] as const satisfies readonly ShortcutDefinition[];

export type ShortcutId = (typeof shortcuts)[number]['id'];

const byId = new Map<string, ShortcutDefinition>(shortcuts.map((shortcut) => [shortcut.id, shortcut]));

export function shortcutById(id: ShortcutId): ShortcutDefinition {
  const found = byId.get(id);
  if (!found) throw new Error(`unknown shortcut ${id}`);
  return found;
}

/** The first way to press it, for tooltips and menus. */
export function shortcutKeys(id: ShortcutId): string {
  return shortcutById(id).keys.split(', ')[0] ?? '';
}

/** True for keys that type a character; these can be turned off (WCAG 2.1.4). */
export function isCharacterKey(keys: string): boolean {
  return !/\b(mod|ctrl|alt|meta)\b/.test(keys);
}

/** First keys of two-key chords: `g`, `f`. */
export const chordPrefixes: ReadonlySet<string> = new Set(
  shortcuts
    .flatMap(({ keys }) => keys.split(', '))
    .flatMap((keys) => {
      const [first, second] = keys.split(' ');
      return first && second ? [first] : [];
    }),
);

/** The registry's notation in the notation of react-hotkeys-hook. */
export function toHotkeys(keys: string): string[] {
  return keys.split(', ').map((part) => {
    if (part === '?') return 'shift+?';
    return part.replaceAll(' ', '>');
  });
}
