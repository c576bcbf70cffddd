const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** The light palette, inline as mail clients want it. */
export const mailStyle = {
  page: { backgroundColor: '#f4f5f7', margin: 0, padding: '16px 8px', fontFamily: FONT },
  panel: {
    backgroundColor: '#ffffff',
    border: '1px solid #dcdfe4',
    borderRadius: 8,
    maxWidth: 600,
    padding: '20px 24px',
  },
  ink: { color: '#16181d' },
  muted: { color: '#5b616e' },
  link: { color: '#1f5fd0', fontSize: 14 },
  line: { borderColor: '#dcdfe4', margin: '16px 0' },
  rule: { borderBottom: '1px solid #dcdfe4' },
  bar: { backgroundColor: '#9aa3b2' },
  critical: { color: '#b3261e' },
  warning: { color: '#8a5a00' },
  info: { color: '#5b616e' },
} as const;

/** Clients that know prefers-color-scheme get the dark palette; inline styles need !important to give way. */
export const MAIL_DARK = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #0f1115 !important; }
  .panel { background-color: #181b21 !important; border-color: #2d323c !important; }
  .ink { color: #eceef2 !important; }
  .muted, .info { color: #a4abb8 !important; }
  .link { color: #86b1ff !important; }
  .line { border-color: #2d323c !important; }
  .bar { background-color: #5b6473 !important; }
  .critical { color: #ff8f86 !important; }
  .warning { color: #f2b955 !important; }
}
`;
