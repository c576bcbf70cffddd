/** Somebody who can own a key. */
export interface Owner {
  userId: string;
  name: string;
}
