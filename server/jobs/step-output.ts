import { createHash } from 'node:crypto';
import { SecretMask } from './secret-mask.ts';
import type { StepLog } from './step-contract.ts';

export type OutputSum = { readonly outputDigest: string | null; readonly outputBytes: number };

/**
 * What one attempt puts out, on its way to the log: secrets are masked, and the whole of it is counted and digested, also
 * what the log has no room for. Nothing is kept here but the beginning of what may be a secret.
 */
export class StepOutput {
  readonly #log: StepLog;
  readonly #digest = createHash('sha256');
  readonly #masks: Readonly<Record<'stdout' | 'stderr', SecretMask>>;
  #bytes = 0;
  #isEnded = false;

  constructor(log: StepLog, needles: readonly Buffer[]) {
    this.#log = log;
    const maskOf = (stream: 'stdout' | 'stderr'): SecretMask =>
      new SecretMask(needles, (chunk) => {
        this.#digest.update(chunk);
        this.#bytes += chunk.length;
        this.#log.write(stream, chunk);
      });
    this.#masks = { stdout: maskOf('stdout'), stderr: maskOf('stderr') };
  }

  /** What is hidden from here on. */
  hide(needles: readonly Buffer[]): void {
    this.#masks.stdout.setNeedles(needles);
    this.#masks.stderr.setNeedles(needles);
  }

  /** What comes after the end is of a call that nobody waits for any more. */
  take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (!this.#isEnded) this.#masks[stream].take(chunk);
  }

  /** The sum of everything; `outputDigest` is in hex, and null where there was no output. */
  end(): OutputSum {
    this.#masks.stdout.end();
    this.#masks.stderr.end();
    this.#isEnded = true;
    const outputBytes = this.#bytes;
    return { outputDigest: outputBytes === 0 ? null : this.#digest.digest('hex'), outputBytes };
  }
}
