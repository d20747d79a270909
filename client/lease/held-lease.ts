import type { CallOptions } from '../api.ts';
import type { Lease } from '../api.gen.ts';
import { durationMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import type { LeaseLostError } from '../errors.ts';
import type { RenewOptions } from '../operations/leases.ts';
import { acquireLease } from './acquire-lease.ts';
import type { AcquireInput } from './acquire-lease.ts';
import { keepLease } from './keep-lease.ts';
import type { LeaseParts } from './lease-parts.ts';
import type { OnNotice } from './notice.ts';
import { releaseQuietly } from './release-lease.ts';

/** The lease ends when its process is silent for so long, where nothing else is said. */
const HEARTBEAT_DEFAULT: Duration = '1m';

/** What is asked for, how to wait for it, and how to keep it. */
export type LeaseInput = AcquireInput & {
  /**
   * The lease ends when this process is silent for so long; 1m where nothing is said. Heartbeats are sent three times as
   * often.
   */
  readonly heartbeat?: Duration | undefined;
  /** Is the lease made longer while it is held? Where nothing is said: yes, unless a `duration` was asked for. */
  readonly isRenewed?: boolean | undefined;
};

/** A lease that is held: it is kept in the background until it is released, disposed or lost. */
export class HeldLease implements AsyncDisposable {
  readonly id: string;
  readonly #parts: LeaseParts;
  readonly #onNotice: OnNotice | undefined;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #kept: Promise<void>;
  #lease: Lease;
  #isOver = false;
  #disposed: Promise<void> | undefined;

  constructor(
    parts: LeaseParts,
    lease: Lease,
    options: Pick<LeaseInput, 'isRenewed' | 'onNotice'> & { readonly heartbeatMs: number },
  ) {
    this.id = lease.id;
    this.#parts = parts;
    this.#lease = lease;
    this.#onNotice = options.onNotice;
    this.#kept = this.#keep(options.heartbeatMs, options.isRenewed ?? true);
  }

  /** The lease as the server showed it last. */
  get document(): Lease {
    return this.#lease;
  }

  /** What it holds. */
  get resources(): Lease['resources'] {
    return this.#lease.resources;
  }

  /** Aborts when the lease is lost, with a `LeaseLostError`: whatever uses the resources has to stop. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Makes it last longer.
   *
   * Errors: `ApiError`, among them `lease_at_maximum`; `NoAnswerError`.
   */
  async renew(options?: RenewOptions): Promise<Lease> {
    this.#see(await this.#parts.leases.renew(this.id, options));
    return this.#lease;
  }

  /**
   * Gives it back, and says so when that fails; disposing does not. What is released or lost stays so.
   *
   * Errors: `ApiError`, `NoAnswerError`, the reason of the signal. It can be tried again; until then nobody keeps the lease.
   */
  async release(options?: CallOptions): Promise<void> {
    await this.#stopKeeping();
    if (this.#isOver) return;
    this.#lease = await this.#parts.leases.end(this.id, options);
    this.#isOver = true;
  }

  /** Gives it back. Never rejects, so that it hides no error of the work under the lease; what fails is a notice. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#giveBack();
    return this.#disposed;
  }

  async #giveBack(): Promise<void> {
    await this.#stopKeeping();
    if (this.#isOver) return;
    this.#isOver = true;
    await releaseQuietly(this.#parts, this.#lease, this.#onNotice);
  }

  /** Answers may overtake each other; the newest counts. */
  #see(lease: Lease): void {
    if (lease.version >= this.#lease.version) this.#lease = lease;
  }

  async #keep(heartbeatMs: number, isRenewed: boolean): Promise<void> {
    const lost: LeaseLostError | null = await keepLease(this.#parts, {
      lease: this.#lease,
      heartbeatMs,
      isRenewed,
      signal: this.#stop.signal,
      onSeen: (lease) => this.#see(lease),
      onNotice: this.#onNotice,
    });
    if (lost === null) return;
    this.#isOver = true;
    this.#lost.abort(lost);
  }

  async #stopKeeping(): Promise<void> {
    this.#stop.abort();
    await this.#kept;
  }
}

/** Acquires a lease and keeps it. Errors: those of `acquireLease`; nothing is held then. */
export async function holdLease(parts: LeaseParts, input: LeaseInput): Promise<HeldLease> {
  const { isRenewed = input.duration === undefined, heartbeat = HEARTBEAT_DEFAULT, ...wishes } = input;
  const heartbeatMs = durationMs(heartbeat);
  const lease = await acquireLease(parts, { ...wishes, heartbeat });
  return new HeldLease(parts, lease, { heartbeatMs, isRenewed, onNotice: input.onNotice });
}
