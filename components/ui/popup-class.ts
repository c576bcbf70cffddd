/** Surface of everything that floats: menus, selects, popovers. */
export const popupClass =
  'rounded-lg border border-line-strong bg-raised text-ink shadow-float outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0';

export const menuItemClass =
  'flex min-h-7 cursor-default items-center gap-2 rounded-sm px-2 py-1 text-sm text-ink outline-none select-none data-disabled:text-faint data-highlighted:bg-hover [&_.lucide]:text-faint';
