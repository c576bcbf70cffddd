/** The mark: a wall's battlement with its gate. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg aria-hidden="true" width="20" height="20" viewBox="0 0 20 20" className={className}>
      <path
        fill="currentColor"
        d="M2 2h4v3h2V2h4v3h2V2h4v8.5c0 3.6-3.2 6.3-8 8-4.8-1.7-8-4.4-8-8ZM8 18v-5a2 2 0 1 1 4 0v5Z"
        fillRule="evenodd"
      />
    </svg>
  );
}
