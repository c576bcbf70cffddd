/** The members of a JSON object as they are written, without reading a value: 1.0 stays 1.0. */

const isSpace = (letter: string | undefined) =>
  letter === ' ' || letter === '\n' || letter === '\t' || letter === '\r';

/** The place behind the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** The place behind the value that begins at `at`: the comma or bracket that ends it. */
function endOfValue(text: string, at: number): number {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    const letter = text[end];
    if (letter === '"') end = endOfString(text, end) - 1;
    else if (letter === '{' || letter === '[') depth += 1;
    else if (depth === 0 && (letter === ',' || letter === '}')) return end;
    else if (letter === '}' || letter === ']') depth -= 1;
  }
  return text.length;
}

/**
 * The top-level members of an object in valid JSON, each as `"key":value` with key and value spelled as in the text.
 * @returns null where the text is no object, or more than one
 */
export function jsonMembers(text: string): string[] | null {
  const skip = (at: number) => {
    let next = at;
    while (isSpace(text[next])) next += 1;
    return next;
  };
  let at = skip(0);
  if (text[at] !== '{') return null;
  at = skip(at + 1);
  const members: string[] = [];
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const valueAt = skip(skip(keyEnd) + 1);
    const valueEnd = endOfValue(text, valueAt);
    members.push(`${text.slice(at, keyEnd)}:${text.slice(valueAt, valueEnd).trimEnd()}`);
    at = skip(valueEnd);
    if (text[at] === ',') at = skip(at + 1);
  }
  return text[at] === '}' && skip(at + 1) === text.length ? members : null;
}
