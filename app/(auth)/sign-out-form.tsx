import { type ButtonStyle, buttonClass } from '@/components/ui/button-class';

interface Props {
  label: string;
  variant?: ButtonStyle['variant'];
}

/** Works without script: a plain form that our own route answers. */
export function SignOutForm({ label, variant }: Props) {
  return (
    <form method="post" action="/api/v1/me/sign-out">
      <button type="submit" className={buttonClass({ variant })}>
        {label}
      </button>
    </form>
  );
}
