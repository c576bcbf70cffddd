import { redirect } from 'next/navigation';

/** The address of "create a key"; the form opens over the list. */
export default function NewKeyPage() {
  redirect('/keys?create=true');
}
