/** What a colour means. It always comes with an icon and a word. */
export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';

export const toneText: Record<Tone, string> = {
  neutral: 'text-faint',
  info: 'text-info-text',
  success: 'text-success-text',
  warning: 'text-warning-text',
  danger: 'text-danger-text',
};

export const toneWash: Record<Tone, string> = {
  neutral: 'border-line-strong bg-sunken text-muted',
  info: 'border-info-line bg-info-wash text-info-text',
  success: 'border-success-line bg-success-wash text-success-text',
  warning: 'border-warning-line bg-warning-wash text-warning-text',
  danger: 'border-danger-line bg-danger-wash text-danger-text',
};
