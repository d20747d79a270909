/**
 * The traditional `crypt(3)` of Unix: 25 times DES, with a salt that swaps bits of its expansion, keyed by the first eight characters of a
 * password. Realm files of years ago are written in it; it is read and never written.
 *
 * Neither `node:crypto` nor a maintained package has it: the salt reaches into the middle of DES.
 *
 * Source: FIPS 46-3 for the tables, numbered from 1 as there; crypt(3) for salt and alphabet.
 */

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const REPETITIONS = 25;
const ROUNDS = 16;
const KEY_CHARACTERS = 8;
const SALT_BITS = 12;
const DIGEST_CHARACTERS = 11;

/** A salt of two characters and a digest of eleven. */
export const DES_CRYPT = /^[./0-9A-Za-z]{13}$/;

type Bits = readonly number[];

// prettier-ignore
const INITIAL: Bits = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
  57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];
/** The way back from the initial permutation. */
const FINAL: Bits = INITIAL.map((_, index) => INITIAL.indexOf(index + 1) + 1);
// prettier-ignore
const EXPANSION: Bits = [
  32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
  16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
// prettier-ignore
const PERMUTATION: Bits = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
// prettier-ignore
const KEY_CHOICE_1: Bits = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
// prettier-ignore
const KEY_CHOICE_2: Bits = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const KEY_SHIFTS: Bits = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** The eight substitutions: a hexadecimal digit for each of four rows of sixteen. */
const SUBSTITUTIONS: readonly string[] = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
];

/**
 * What `crypt(3)` makes of a password: the two characters of the salt, and eleven of the digest.
 *
 * Errors: the salt is two characters of its alphabet, or it is a defect of the caller.
 */
export function desCrypt(password: Uint8Array, salt: string): string {
  const keys = roundKeys(password);
  const expansion = saltedExpansion(salt);
  let block: Bits = Array.from({ length: 64 }, () => 0);
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) block = encrypt(block, keys, expansion);
  const digest = Array.from({ length: DIGEST_CHARACTERS }, (_, index) => {
    const six = Array.from({ length: 6 }, (_bit, offset) => block[index * 6 + offset] ?? 0);
    return ALPHABET[numberOf(six)];
  });
  return salt.slice(0, 2) + digest.join('');
}

/** Swaps, for each bit of the salt that is set, two places of the expansion, 24 apart. */
function saltedExpansion(salt: string): Bits {
  const expansion = [...EXPANSION];
  const value = ALPHABET.indexOf(salt.charAt(0)) | (ALPHABET.indexOf(salt.charAt(1)) << 6);
  for (let bit = 0; bit < SALT_BITS; bit += 1) {
    if (((value >> bit) & 1) === 0) continue;
    const [low = 0, high = 0] = [expansion[bit], expansion[bit + 24]];
    expansion[bit] = high;
    expansion[bit + 24] = low;
  }
  return expansion;
}

/** Seven bits of each character, with the eighth, which DES calls parity, left at 0. */
function roundKeys(password: Uint8Array): Bits[] {
  const key = Array.from({ length: KEY_CHARACTERS }, (_, index) =>
    bitsOf((password[index] ?? 0) << 1, 8),
  ).flat();
  const chosen = pick(key, KEY_CHOICE_1);
  let [left, right] = [chosen.slice(0, 28), chosen.slice(28)];
  return KEY_SHIFTS.map((shift) => {
    left = [...left.slice(shift), ...left.slice(0, shift)];
    right = [...right.slice(shift), ...right.slice(0, shift)];
    return pick([...left, ...right], KEY_CHOICE_2);
  });
}

function encrypt(block: Bits, keys: readonly Bits[], expansion: Bits): Bits {
  const mixed = pick(block, INITIAL);
  let [left, right]: [Bits, Bits] = [mixed.slice(0, 32), mixed.slice(32)];
  for (let round = 0; round < ROUNDS; round += 1) {
    const turned = substitute(exclusiveOr(pick(right, expansion), keys[round] ?? []));
    [left, right] = [right, exclusiveOr(left, pick(turned, PERMUTATION))];
  }
  return pick([...right, ...left], FINAL);
}

function substitute(bits: Bits): Bits {
  return SUBSTITUTIONS.flatMap((table, box) => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bits.slice(box * 6, box * 6 + 6);
    return bitsOf(parseInt(table.charAt(numberOf([a, f, b, c, d, e])), 16), 4);
  });
}

function pick(bits: Bits, places: Bits): number[] {
  return places.map((place) => bits[place - 1] ?? 0);
}

function exclusiveOr(left: Bits, right: Bits): number[] {
  return left.map((bit, index) => bit ^ (right[index] ?? 0));
}

/** The highest bit first. */
function bitsOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >> (count - 1 - index)) & 1);
}

function numberOf(bits: Bits): number {
  return bits.reduce((value, bit) => value * 2 + bit, 0);
}
