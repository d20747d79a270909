import { ProviderRefused } from '../contract.ts';
import type {
  AccountRequest,
  Accounts,
  Leftover,
  OpenCredential,
  Provider,
  RotateRequest,
} from '../contract.ts';
import { sleep } from '../../timers.ts';
import type { Timers } from '../../timers.ts';
import type { AccountPlace } from './account-place.ts';
import { Broken, CallFailed, expectThat } from './broken.ts';
import type { SubjectInput } from './subject.ts';

/** Where an attempt at a rotation ends, as a server's crash would end it: before or after something is remembered. */
export const ROTATION_CRASHES = [
  'before what it made is remembered',
  'after what it made is remembered',
  'before it is remembered as in force',
  'after it is remembered as in force',
] as const;
export type RotationCrash = (typeof ROTATION_CRASHES)[number];

/** The server died here: nothing of the attempt goes on. */
class Crashed extends Error {
  override readonly name = 'Crashed';
}

export type RotationInput = {
  readonly key: string;
  readonly crash?: RotationCrash;
  readonly cutAfterMs?: number;
};

/** A provider with an account to look after, and what a server remembers of its credentials. */
export class AccountSubject implements AsyncDisposable {
  readonly place: AccountPlace;
  readonly stop: AbortSignal;
  readonly clock: SubjectInput['clock'];
  readonly #timers: Timers;
  #provider: Provider;
  #kept: AccountRequest['credentials'];

  private constructor(place: AccountPlace, provider: Provider, input: SubjectInput) {
    this.place = place;
    this.stop = input.stop;
    this.clock = input.clock;
    this.#timers = input.timers;
    this.#provider = provider;
    this.#kept = { ...place.credentials, pending: null };
  }

  static async open(place: AccountPlace, input: SubjectInput): Promise<AccountSubject> {
    return new AccountSubject(place, await place.open(), input);
  }

  get accounts(): Accounts {
    const { accounts } = this.#provider;
    if (accounts !== undefined) return accounts;
    throw new Broken('It says that it looks after no accounts.');
  }

  /** What a server remembers now. */
  get kept(): AccountRequest['credentials'] {
    return this.#kept;
  }

  /** Opens the provider again, as a server does that starts anew. */
  async reopen(): Promise<void> {
    await this.#provider[Symbol.asyncDispose]();
    this.#provider = await this.place.open();
  }

  request(key = 'job_account', credentials = this.#kept): AccountRequest {
    const resource = { id: 'res_account', name: 'account-1', pool: 'accounts', epoch: 7 };
    return { resource, params: this.place.params, credentials, idempotencyKey: key };
  }

  /** What verify comes to: the error where it does not pass. */
  async verify(credentials = this.#kept): Promise<unknown> {
    try {
      await this.accounts.verify(this.request('job_verify', credentials), this.stop);
      return undefined;
    } catch (error) {
      this.stop.throwIfAborted();
      return error;
    }
  }

  async expectVerified(when: string): Promise<void> {
    const error = await this.verify();
    if (error !== undefined)
      throw new CallFailed(`${when} verify failed: ${textOf(error)}`, { cause: error });
  }

  async clean(): Promise<void> {
    await this.#said('clean failed', this.accounts.clean(this.request('job_clean'), this.stop));
  }

  leftovers(): Promise<readonly Leftover[]> {
    return this.#said('leftovers failed', this.accounts.leftovers(this.request('job_prove'), this.stop));
  }

  async expectClean(when: string): Promise<void> {
    const left = await this.leftovers();
    const named = left.map(({ kind, id }) => `${kind} ${id}`).join(', ');
    expectThat(left.length === 0, `${when} leftovers names ${named}.`);
  }

  /** Rotates to the end. */
  async rotate(key: string): Promise<void> {
    await this.#said('rotate failed', this.#rotateOnce({ key }));
  }

  /** An attempt that ends early, and a server that starts anew after it. */
  async rotateAndCrash(input: RotationInput): Promise<void> {
    const error = await this.#rotateOnce(input).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const wasCut = input.cutAfterMs !== undefined;
    expectThat(
      wasCut || error !== undefined,
      `A rotation that failed ${input.crash ?? ''} says that it is done.`,
    );
    await this.reopen();
  }

  /** One key is in the account, the one that is shown; the one before is none any more. */
  async expectOneKey(before: OpenCredential | null, when: string): Promise<void> {
    const { current, pending } = this.#kept;
    if (current === null) throw new Broken(`${when} no credential is remembered as in force.`);
    expectThat(pending === null, `${when} something is still remembered as made and not in force.`);
    expectThat(
      JSON.stringify(before) !== JSON.stringify(current),
      `${when} the credential is the one from before the rotation.`,
    );
    await this.expectVerified(when);
    const { place } = this;
    if (place.works !== undefined) {
      expectThat(await place.works(current), `${when} the new credential does not open the account.`);
      const opens = before !== null && (await place.works(before));
      expectThat(!opens, `${when} the credential of the holder before still opens the account.`);
    }
    const count = await place.countKeys?.();
    expectThat(
      count === undefined || count === 1,
      `${when} there are ${count} keys in the account and not 1.`,
    );
  }

  /** What keep does to a step that is no longer wanted. */
  async rotateUnwanted(key: string): Promise<unknown> {
    const refused = new ProviderRefused('Nobody wants this rotation any more.');
    return this.#start({ key, keep: () => Promise.reject(refused) }, this.stop).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** A rotation as it is, without words about its failure. */
  start(key: string, signal: AbortSignal): Promise<unknown> {
    return this.#start({ key, keep: (part, credential) => this.#keep(part, credential) }, signal);
  }

  pause(durationMs: number): Promise<void> {
    return sleep(this.#timers, durationMs, this.stop);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider[Symbol.asyncDispose]();
  }

  async #rotateOnce({ key, crash, cutAfterMs }: RotationInput): Promise<void> {
    const cut = new AbortController();
    const signal = AbortSignal.any([this.stop, cut.signal]);
    const keep: RotateRequest['keep'] = async (part, credential) => {
      const [before, after] =
        part === 'pending'
          ? [ROTATION_CRASHES[0], ROTATION_CRASHES[1]]
          : [ROTATION_CRASHES[2], ROTATION_CRASHES[3]];
      if (crash === before || cut.signal.aborted) throw new Crashed('the server dies here');
      await this.#keep(part, credential);
      if (crash === after) throw new Crashed('the server dies here');
    };
    const attempt = this.#start({ key, keep }, signal);
    if (cutAfterMs !== undefined) {
      await Promise.race([this.pause(cutAfterMs), attempt.catch(() => undefined)]);
      cut.abort(new Crashed('the server dies here'));
    }
    await attempt;
  }

  async #start(
    { key, keep }: { key: string; keep: RotateRequest['keep'] },
    signal: AbortSignal,
  ): Promise<unknown> {
    const { accounts } = this;
    if (accounts.rotate === undefined) throw new Broken('It offers no rotation.');
    return accounts.rotate({ ...this.request(key), keep }, signal);
  }

  async #keep(part: 'pending' | 'current', credential: OpenCredential): Promise<void> {
    const texts = Object.values(credential);
    if (texts.length === 0 || texts.some((text) => typeof text !== 'string' || text === '')) {
      throw new Broken('rotate has a credential kept that is no object of texts.');
    }
    this.#kept =
      part === 'pending'
        ? { ...this.#kept, pending: credential }
        : { ...this.#kept, current: credential, pending: null };
    if (part === 'current') await this.place.onKept?.({ ...this.place.credentials, current: credential });
  }

  async #said<T>(what: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (cause) {
      this.stop.throwIfAborted();
      throw new CallFailed(`${what}: ${textOf(cause)}`, { cause });
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
