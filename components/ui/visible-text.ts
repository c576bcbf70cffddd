/** What moves a cursor, colors a terminal, is not seen, or turns the direction of what stands beside it. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const CONTROL_PICTURES = 0x2400;

function pictureOf(letter: string): string {
  const code = letter.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  return code === 0x7f ? '\u2421' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

const escapeOf = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text from outside as it is: nothing in it is hidden, and nothing turns what stands beside it. */
export const visibleText = (text: string): string => text.replace(UNSEEN, pictureOf);

/** The same for JSON, which stays the same value: what is not seen is written as an escape. */
export const visibleJson = (json: string): string => json.replace(UNSEEN, escapeOf);
