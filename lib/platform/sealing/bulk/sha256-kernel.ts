/**
 * SHA-256 (FIPS 180-4) of four messages at a time, as WebAssembly with 128-bit vectors: lane n of every vector belongs to
 * message n. A call of node:crypto costs as much as ten blocks here, and an event has a dozen small messages.
 */

/** Bytes of an instruction, a value, or a list of them. */
type Code = readonly number[];

const ROUNDS = 64;
const VECTOR = 16;
/** Where the kernel keeps its message schedule and its constants; messages begin behind. */
const SCHEDULE_AT = 0;
const CONSTANTS_AT = ROUNDS * VECTOR;
export const KERNEL_BYTES = 2 * ROUNDS * VECTOR;
export const BLOCK_BYTES = 64;

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

const fraction = (value: number) => Math.floor((value % 1) * 2 ** 32) >>> 0;
const INITIAL_STATE = primes(8).map((prime) => fraction(Math.sqrt(prime)));
const ROUND_CONSTANTS = primes(ROUNDS).map((prime) => fraction(Math.cbrt(prime)));

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

const vectorOp = (code: number, ...immediates: number[]): Code => [0xfd, ...unsigned(code), ...immediates];
const ADD = vectorOp(0xae);
const XOR = vectorOp(0x51);
const OR = vectorOp(0x50);
const SELECT = vectorOp(0x52);
const SHIFT_LEFT = vectorOp(0xab);
const SHIFT_RIGHT = vectorOp(0xad);
const I32_ADD: Code = [0x6a];
const I32_SUB: Code = [0x6b];
const I32_BELOW: Code = [0x49];
const REPEAT: Code = [0x0d, 0];
const END: Code = [0x0b];
const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const tee = (local: number): Code => [0x22, local];
const int = (value: number): Code => [0x41, ...signed(value)];
const load = (offset: number): Code => vectorOp(0, 0, ...unsigned(offset));
const store = (offset: number): Code => vectorOp(0x0b, 0, ...unsigned(offset));
const shuffle = (lanes: Code): Code => vectorOp(0x0d, ...lanes);
const loop = (...body: Code[]): Code => [0x03, 0x40, ...body.flat(), ...END];
const times = (count: number, body: (n: number) => Code): Code =>
  Array.from({ length: count }, (_, n) => body(n)).flat();

/** Words of two vectors, 0 to 7, as bytes; `swapped` turns big-endian words into little-endian ones, and back. */
const words = (...picked: number[]): Code => picked.flatMap((word) => [0, 1, 2, 3].map((i) => 4 * word + i));
const swapped = (...picked: number[]): Code =>
  picked.flatMap((word) => [3, 2, 1, 0].map((i) => 4 * word + i));

const constant = (value: number): Code => {
  const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
  return vectorOp(0x0c, ...bytes, ...bytes, ...bytes, ...bytes);
};

/** Locals: where the messages are, where their hashes go, blocks left, a counter; then vectors. */
const MESSAGE = 0;
const OUTPUT = 4;
const BLOCKS = 8;
const COUNTER = 9;
const WORKING = 10;
const T = 18;
const STATE = 22;
const VECTORS = 20;

const rotated = (local: number, bits: number): Code => [
  ...[...get(local), ...int(bits), ...SHIFT_RIGHT],
  ...[...get(local), ...int(32 - bits), ...SHIFT_LEFT, ...OR],
];
const threeRotated = (local: number, a: number, b: number, c: number): Code => [
  ...[...rotated(local, a), ...rotated(local, b), ...XOR, ...rotated(local, c), ...XOR],
];
const twoRotatedOneShifted = (local: number, a: number, b: number, shift: number): Code => [
  ...[
    ...rotated(local, a),
    ...rotated(local, b),
    ...XOR,
    ...get(local),
    ...int(shift),
    ...SHIFT_RIGHT,
    ...XOR,
  ],
];

/** Four rows of four words each become four columns: T..T+3 hold word pairs on the way. */
const PAIRS: readonly [number, number, Code][] = [
  [T, T + 2, words(0, 1, 4, 5)],
  [T, T + 2, words(2, 3, 6, 7)],
  [T + 1, T + 3, words(0, 1, 4, 5)],
  [T + 1, T + 3, words(2, 3, 6, 7)],
];

/** Words 4q to 4q + 3 of the block of each message, into the schedule. */
const loadQuarter = (q: number): Code => {
  const pairOf = (lane: number, picked: Code): Code => [
    ...[...get(MESSAGE + lane), ...load(VECTOR * q), ...get(MESSAGE + lane + 1), ...load(VECTOR * q)],
    ...shuffle(picked),
  ];
  return [
    ...[...pairOf(0, swapped(0, 4, 1, 5)), ...set(T), ...pairOf(0, swapped(2, 6, 3, 7)), ...set(T + 1)],
    ...[...pairOf(2, swapped(0, 4, 1, 5)), ...set(T + 2), ...pairOf(2, swapped(2, 6, 3, 7)), ...set(T + 3)],
    ...PAIRS.flatMap(([a, b, picked], word) => [
      ...[...int(0), ...get(a), ...get(b), ...shuffle(picked)],
      ...store(SCHEDULE_AT + (4 * q + word) * VECTOR),
    ]),
  ];
};

/** FIPS 180-4 6.2.2 step 1, for words 16 to 63: the counter is the address of word t - 16. */
const extendSchedule: Code = [
  ...[...int(0), ...set(COUNTER)],
  ...loop(
    [...get(COUNTER), ...load(14 * VECTOR), ...set(T), ...get(COUNTER), ...load(VECTOR), ...set(T + 1)],
    [...get(COUNTER), ...twoRotatedOneShifted(T, 17, 19, 10), ...get(COUNTER), ...load(9 * VECTOR), ...ADD],
    [...twoRotatedOneShifted(T + 1, 7, 18, 3), ...ADD, ...get(COUNTER), ...load(0), ...ADD],
    store(16 * VECTOR),
    [...get(COUNTER), ...int(VECTOR), ...I32_ADD, ...tee(COUNTER)],
    [...int((ROUNDS - 16) * VECTOR), ...I32_BELOW, ...REPEAT],
  ),
];

/** One round; instead of moving the working variables on, the next round names them one further. */
const round = (n: number): Code => {
  const variable = (i: number) => WORKING + ((i - n + 8) & 7);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = [0, 1, 2, 3, 4, 5, 6, 7].map(variable);
  return [
    ...[...get(h), ...threeRotated(e, 6, 11, 25), ...ADD, ...get(f), ...get(g), ...get(e), ...SELECT, ...ADD],
    ...[...get(COUNTER), ...load(CONSTANTS_AT + VECTOR * n), ...ADD],
    ...[...get(COUNTER), ...load(SCHEDULE_AT + VECTOR * n), ...ADD, ...tee(h), ...get(d), ...ADD, ...set(d)],
    ...[...get(h), ...threeRotated(a, 2, 13, 22), ...ADD],
    ...[...get(c), ...get(a), ...get(a), ...get(b), ...XOR, ...SELECT, ...ADD, ...set(h)],
  ];
};

const compress: Code = [
  ...times(8, (i) => [...get(STATE + i), ...set(WORKING + i)]),
  ...[...int(0), ...set(COUNTER)],
  ...loop(
    times(8, round),
    [...get(COUNTER), ...int(8 * VECTOR), ...I32_ADD, ...tee(COUNTER)],
    [...int(ROUNDS * VECTOR), ...I32_BELOW, ...REPEAT],
  ),
  ...times(8, (i) => [...get(STATE + i), ...get(WORKING + i), ...ADD, ...set(STATE + i)]),
];

const storeHalf = (half: number): Code => {
  const pairOf = (i: number, picked: Code): Code => [
    ...[...get(STATE + 4 * half + i), ...get(STATE + 4 * half + i + 1), ...shuffle(picked)],
  ];
  return [
    ...[...pairOf(0, swapped(0, 4, 1, 5)), ...set(T), ...pairOf(0, swapped(2, 6, 3, 7)), ...set(T + 1)],
    ...[...pairOf(2, swapped(0, 4, 1, 5)), ...set(T + 2), ...pairOf(2, swapped(2, 6, 3, 7)), ...set(T + 3)],
    ...PAIRS.flatMap(([a, b, picked], lane) => [
      ...[...get(OUTPUT + lane), ...get(a), ...get(b), ...shuffle(picked), ...store(VECTOR * half)],
    ]),
  ];
};

const body: Code = [
  ...INITIAL_STATE.flatMap((word, i) => [...constant(word), ...set(STATE + i)]),
  ...loop(
    times(4, loadQuarter),
    extendSchedule,
    compress,
    times(4, (lane) => [...get(MESSAGE + lane), ...int(BLOCK_BYTES), ...I32_ADD, ...set(MESSAGE + lane)]),
    [...get(BLOCKS), ...int(1), ...I32_SUB, ...tee(BLOCKS), ...REPEAT],
  ),
  ...storeHalf(0),
  ...storeHalf(1),
  ...END,
];

/** A module that imports one memory and exports one function of nine integers. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const section = (id: number, ...content: number[]) => [id, ...unsigned(content.length), ...content];
  const code = [2, 1, 0x7f, VECTORS, 0x7b, ...body];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 9, ...Array<number>(9).fill(0x7f), 0),
    ...section(2, 1, 1, 0x6b, 1, 0x6d, 2, 0, 1),
    ...section(3, 1, 0),
    ...section(7, 1, 1, 0x68, 0, 0),
    ...section(10, 1, ...unsigned(code.length), ...code),
  ]);
}

/** Addresses of four padded messages of the same number of blocks, and of the 32 bytes that each hash takes. */
export type HashFour = (
  m0: number,
  m1: number,
  m2: number,
  m3: number,
  h0: number,
  h1: number,
  h2: number,
  h3: number,
  blocks: number,
) => void;

/** The kernel over a memory whose first {@link KERNEL_BYTES} it owns. */
export function openKernel(memory: WebAssembly.Memory): HashFour {
  const view = new DataView(memory.buffer);
  for (const [n, value] of ROUND_CONSTANTS.entries()) {
    for (let lane = 0; lane < 4; lane++) view.setUint32(CONSTANTS_AT + VECTOR * n + 4 * lane, value, true);
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { k: { m: memory } });
  return exports.h as HashFour;
}
