'use client';

import { Menu } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import Link from 'next/link';
import type { ReactElement, ReactNode } from 'react';
import { cn } from './cn';
import { Kbd } from './kbd';
import { menuItemClass, popupClass } from './popup-class';

export interface DropdownMenuProps {
  /** A Button or IconButton. */
  trigger: ReactElement;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'bottom' | 'left' | 'right';
  children: ReactNode;
  className?: string;
}

export function DropdownMenu({
  trigger,
  align = 'end',
  side = 'bottom',
  children,
  className,
}: DropdownMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner align={align} side={side} sideOffset={4} className="z-50">
          <Menu.Popup
            className={cn(
              popupClass,
              'scroll-quiet max-h-[var(--available-height)] min-w-44 overflow-y-auto p-1',
              className,
            )}
          >
            {children}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

export interface MenuItemProps {
  icon?: ReactNode;
  /** Keys from the shortcut registry. */
  keys?: string;
  disabled?: boolean;
  /** Shown under the label, e.g. why it is disabled. */
  hint?: ReactNode;
  tone?: 'danger';
  onSelect?: () => void;
  /** Goes to a page instead of acting. */
  href?: string;
  children: ReactNode;
}

export function MenuItem({ icon, keys, disabled, hint, tone, onSelect, href, children }: MenuItemProps) {
  const className = cn(
    menuItemClass,
    tone === 'danger' && 'text-danger-text data-highlighted:bg-danger-wash [&_.lucide]:text-danger-text',
  );
  const content = (
    <>
      {icon}
      <span className="flex flex-1 flex-col">
        {children}
        {hint ? <span className="max-w-60 text-xs text-faint">{hint}</span> : null}
      </span>
      {keys ? <Kbd keys={keys} className="pl-4" /> : null}
    </>
  );
  if (href) {
    return (
      <Menu.LinkItem className={className} closeOnClick render={<Link href={href} />}>
        {content}
      </Menu.LinkItem>
    );
  }
  return (
    <Menu.Item className={className} disabled={disabled} onClick={onSelect}>
      {content}
    </Menu.Item>
  );
}

export interface MenuCheckboxItemProps {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  disabled?: boolean;
  children: ReactNode;
}

export function MenuCheckboxItem({ checked, onCheckedChange, disabled, children }: MenuCheckboxItemProps) {
  return (
    <Menu.CheckboxItem
      checked={checked}
      onCheckedChange={onCheckedChange}
      disabled={disabled}
      closeOnClick={false}
      className={menuItemClass}
    >
      <span className="flex size-4 items-center justify-center">
        <Menu.CheckboxItemIndicator>
          <Check aria-hidden className="text-accent-text!" />
        </Menu.CheckboxItemIndicator>
      </span>
      <span className="flex-1">{children}</span>
    </Menu.CheckboxItem>
  );
}

export interface MenuRadioGroupProps<Value extends string> {
  label: string;
  value: Value;
  onValueChange: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode }[];
}

export function MenuRadioGroup<Value extends string>({
  label,
  value,
  onValueChange,
  options,
}: MenuRadioGroupProps<Value>) {
  return (
    <Menu.RadioGroup value={value} onValueChange={onValueChange} aria-label={label}>
      {options.map((option) => (
        <Menu.RadioItem key={option.value} value={option.value} closeOnClick className={menuItemClass}>
          <span className="flex size-4 items-center justify-center">
            <Menu.RadioItemIndicator>
              <Check aria-hidden className="text-accent-text!" />
            </Menu.RadioItemIndicator>
          </span>
          <span className="flex-1">{option.label}</span>
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}

export function MenuGroup({ label, children }: { label?: ReactNode; children: ReactNode }) {
  return (
    <Menu.Group>
      {label ? (
        <Menu.GroupLabel className="px-2 pt-1.5 pb-1 text-xs font-medium text-faint">{label}</Menu.GroupLabel>
      ) : null}
      {children}
    </Menu.Group>
  );
}

export function MenuSeparator() {
  return <Menu.Separator className="-mx-1 my-1 h-px bg-line" />;
}
