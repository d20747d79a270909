/** Shorter values are not masked: a text without each `1` or `no` says nothing any more, and they hide nothing. */
const MASKED_LENGTH_MIN = 4;
/** What is looked for at most: each value in a handful of forms, and its lines. */
const NEEDLES_MAX = 4_096;
/** In base64 a value within a longer text has three forms; what depends on its neighbours is left out of each. */
const BASE64_SHIFTS = [0, 1, 2];
const BASE64_LENGTH_MIN = 8;
const MASK = Buffer.from('[secret]');
/** Bytes of the beginning or the end of a secret that are hidden where a text was cut; fewer say little, and are in many words. */
const FRAGMENT_LENGTH_MIN = 8;

/** The bytes that give a set of secrets away, the longest first. */
export function needlesOf(values: readonly string[]): readonly Buffer[] {
  const texts = new Set<string>();
  for (const value of values) {
    // What repeats a value may add or leave out lines.
    for (const part of [value, ...value.split(/\r?\n/)]) {
      if (part.length < MASKED_LENGTH_MIN) continue;
      for (const form of formsOf(part)) if (texts.size < NEEDLES_MAX) texts.add(form);
    }
  }
  return [...texts].map((text) => Buffer.from(text)).toSorted((a, b) => b.length - a.length);
}

/** As it is, in a JSON text, in a URL, and in base64. */
function formsOf(value: string): string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const forms = [value, JSON.stringify(value).slice(1, -1), encoded, encoded.replaceAll('%20', '+')];
  for (const shift of BASE64_SHIFTS) {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
    const whole = bytes.toString('base64').replaceAll('=', '');
    // Of the first and last characters some bits are a neighbour's.
    const from = shift === 0 ? 0 : shift + 1;
    const inner = whole.slice(from, bytes.length % 3 === 0 ? undefined : -1);
    if (inner.length < BASE64_LENGTH_MIN) continue;
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/**
 * Takes bytes as they come and gives them on without the secrets, also one that is cut between two chunks: what may be the
 * beginning of one is held back until it is known. The same bytes come out however they are cut.
 */
export class SecretMask {
  #needles: readonly Buffer[] = [];
  #first = new Uint8Array(256);
  readonly #pass: (chunk: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(needles: readonly Buffer[], pass: (chunk: Buffer) => void) {
    this.#pass = pass;
    this.setNeedles(needles);
  }

  /** What is looked for from here on; what is held back is looked through again. */
  setNeedles(needles: readonly Buffer[]): void {
    this.#needles = needles;
    const first = new Uint8Array(256);
    for (const needle of needles) first[needle[0] ?? 0] = 1;
    this.#first = first;
  }

  take(chunk: Uint8Array): void {
    if (this.#needles.length === 0 && this.#held.length === 0) return this.#give(Buffer.from(chunk));
    this.#mask(Buffer.concat([this.#held, chunk]), false);
  }

  /** Nothing comes any more: what was held back is none. */
  end(): void {
    if (this.#held.length > 0) this.#mask(this.#held, true);
  }

  #mask(bytes: Buffer, isLast: boolean): void {
    const parts: Buffer[] = [];
    let from = 0;
    let at = 0;
    this.#held = Buffer.alloc(0);
    while (at < bytes.length) {
      if (this.#first[bytes[at] ?? 0] === 0) {
        at += 1;
        continue;
      }
      const found = this.#matchAt(bytes, at, isLast);
      if (found === 'open') {
        this.#held = Buffer.from(bytes.subarray(at));
        break;
      }
      if (found === 0) {
        at += 1;
        continue;
      }
      parts.push(bytes.subarray(from, at), MASK);
      at += found;
      from = at;
    }
    parts.push(bytes.subarray(from, at));
    this.#give(Buffer.concat(parts));
  }

  /** The length of the longest secret that is here, 0 for none, or `open` while more bytes could make one, or a longer one. */
  #matchAt(bytes: Buffer, at: number, isLast: boolean): number | 'open' {
    const left = bytes.length - at;
    for (const needle of this.#needles) {
      const length = Math.min(needle.length, left);
      if (bytes.compare(needle, 0, length, at, at + length) !== 0) continue;
      if (length === needle.length) return length;
      if (!isLast) return 'open';
    }
    return 0;
  }

  #give(chunk: Buffer): void {
    if (chunk.length > 0) this.#pass(chunk);
  }
}

/** The text without the secrets. */
export function maskText(needles: readonly Buffer[], text: string): string {
  const parts: Buffer[] = [];
  const mask = new SecretMask(needles, (chunk) => parts.push(chunk));
  mask.take(Buffer.from(text));
  mask.end();
  return Buffer.concat(parts).toString('utf8');
}

/**
 * The text without the beginnings and ends of secrets: what a cut leaves of one. For short texts, which were masked as a whole
 * before; an innocent word that a secret begins or ends with is hidden too.
 */
export function maskFragments(needles: readonly Buffer[], text: string): string {
  let bytes: Buffer = Buffer.from(text);
  for (const needle of needles) {
    if (needle.length <= FRAGMENT_LENGTH_MIN) continue;
    const end = needle.length - FRAGMENT_LENGTH_MIN;
    for (
      let at = bytes.indexOf(needle.subarray(end));
      at >= 0;
      at = bytes.indexOf(needle.subarray(end), at)
    ) {
      let longer = 0;
      while (longer < end && longer < at && bytes[at - longer - 1] === needle[end - longer - 1]) longer += 1;
      bytes = hide(bytes, at - longer, at + FRAGMENT_LENGTH_MIN);
      at += MASK.length - longer;
    }
    const start = needle.subarray(0, FRAGMENT_LENGTH_MIN);
    for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at)) {
      let length = FRAGMENT_LENGTH_MIN;
      while (length < needle.length && bytes[at + length] === needle[length]) length += 1;
      bytes = hide(bytes, at, at + length);
      at += MASK.length;
    }
  }
  return bytes.toString('utf8');
}

function hide(bytes: Buffer, from: number, to: number): Buffer {
  return Buffer.concat([bytes.subarray(0, from), MASK, bytes.subarray(to)]);
}
