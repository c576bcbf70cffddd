/** Bulwark's own keys and source tokens, wherever they stand in an event. */
const SECRETS = /\b(blw_(?:live|test)_|bws_)([0-9A-Za-z]{16})[0-9A-Za-z]{38}\b/g;

/**
 * Takes Bulwark's own secrets out of a text: a command line that holds a key is evidence, but the key must not stand in
 * a second place because of that.
 * @returns the text, and the public ids of the keys that stood in it
 */
export function redactSecrets(text: string): { text: string; keys: string[]; isChanged: boolean } {
  const keys = new Set<string>();
  const redacted = text.replace(SECRETS, (_, prefix: string, publicId: string) => {
    if (prefix.startsWith('blw_')) keys.add(publicId);
    return `${prefix}${publicId.slice(0, 4)}…[redacted]`;
  });
  return { text: redacted, keys: [...keys], isChanged: redacted !== text };
}
