/** What JSON allows in a string but a terminal or a line reader takes for more than text. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const codeUnit = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** JSON that says the same and is safe to print: nothing in it moves a cursor, ends a line or turns the direction. */
export const printableJson = (json: string): string => json.replaceAll(UNSAFE_IN_JSON, codeUnit);
