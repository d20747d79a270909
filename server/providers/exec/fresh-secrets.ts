/** Bytes of standard error that are held back until a call ends; what is more is left out. */
const HELD_BYTES_MAX = 256 * 1_024;
/** Of a text that is no JSON every longer run of characters may be a secret. */
const WORD = /[^\s"',:;{}[\]()=]{6,}/g;
const LEFT_OUT = '\n… the rest is left out\n';

/** What a program says while it makes a credential that nobody else knows yet: it is held back until it is known what to hide in it. */
export class HeldOutput {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  take(chunk: Buffer): void {
    const room = HELD_BYTES_MAX - this.#size;
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
    this.#size += chunk.length;
  }

  /** All of it, as far as it was kept. */
  text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    return this.#size > HELD_BYTES_MAX ? `${text}${LEFT_OUT}` : text;
  }
}

/** What may be secret in an answer, by a name to show in its place: every text of its JSON, or every word of what is none. */
export function secretsIn(answer: string): Record<string, string> {
  const texts = textsOf(answer) ?? answer.match(WORD) ?? [];
  return Object.fromEntries(texts.map((text, index) => [`new credential ${index + 1}`, text]));
}

function textsOf(answer: string): string[] | undefined {
  try {
    const value = JSON.parse(answer) as { credential?: unknown } | null;
    return textsIn(value?.credential ?? value);
  } catch {
    return undefined;
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => textsIn(member));
}
