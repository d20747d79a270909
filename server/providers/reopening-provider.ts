import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient, cannotRotate } from './contract.ts';
import type { Accounts, ActRequest, CreateRequest, DestroyRequest, Members, Provider } from './contract.ts';

export type ReopeningInput = {
  readonly name: string;
  readonly driver: string;
  readonly makes: boolean;
  /** Does it offer members? Known before it is open. */
  readonly attaches: boolean;
  /** Does it look after accounts? Known before it is open. */
  readonly keepsAccounts: boolean;
  readonly stopsWithServer: boolean;
  readonly open: () => Promise<Provider>;
};

/**
 * A provider that is opened when it is first needed, and again at the next call when that failed: its place may be away when
 * the server starts, or when its options change.
 *
 * Errors: `ProviderTransient` with the reason, from every call, while it cannot be opened and after it was closed.
 */
export class ReopeningProvider implements Provider {
  readonly name: string;
  readonly driver: string;
  readonly makes: boolean;
  readonly stopsWithServer: boolean;
  readonly members?: Members;
  readonly accounts?: Accounts;
  readonly #open: () => Promise<Provider>;
  readonly #closing = new AbortController();
  #opening: Promise<Provider> | undefined;
  #opened: Provider | undefined;
  #listener: () => void = () => {};

  constructor(input: ReopeningInput) {
    this.name = input.name;
    this.driver = input.driver;
    this.makes = input.makes;
    this.stopsWithServer = input.stopsWithServer;
    this.#open = input.open;
    if (input.attaches) this.members = this.#createMembers();
    if (input.keepsAccounts) this.accounts = this.#createAccounts();
  }

  async create(request: CreateRequest, signal: AbortSignal): ReturnType<Provider['create']> {
    return (await this.#require(signal)).create(request, signal);
  }

  async destroy(request: DestroyRequest, signal: AbortSignal): ReturnType<Provider['destroy']> {
    return (await this.#require(signal)).destroy(request, signal);
  }

  async observe(signal: AbortSignal): ReturnType<Provider['observe']> {
    return (await this.#require(signal)).observe(signal);
  }

  /** What it offers is known once it is open. */
  get actions(): readonly string[] {
    return this.#opened?.actions ?? [];
  }

  async act(
    request: ActRequest,
    signal: AbortSignal,
    output?: (chunk: Uint8Array) => void,
  ): Promise<JsonObject | null> {
    const provider = await this.#require(signal);
    if (provider.act !== undefined) return provider.act(request, signal, output);
    throw new ProviderRefused(
      `Provider ${this.name} offers no actions: its driver, ${this.driver}, has none.`,
    );
  }

  #createMembers(): Members {
    const require = async (signal: AbortSignal): Promise<Members> => {
      const { members } = await this.#require(signal);
      if (members !== undefined) return members;
      throw new ProviderRefused(
        `Provider ${this.name} keeps no members: its driver, ${this.driver}, does not.`,
      );
    };
    return {
      attach: async (request, signal) => (await require(signal)).attach(request, signal),
      detach: async (request, signal) => (await require(signal)).detach(request, signal),
      mark: async (request, signal) => (await require(signal)).mark(request, signal),
    };
  }

  /** Whether it rotates is known once it is open. */
  #createAccounts(): Accounts {
    const require = async (signal: AbortSignal): Promise<Accounts> => {
      const { accounts } = await this.#require(signal);
      if (accounts !== undefined) return accounts;
      throw new ProviderRefused(
        `Provider ${this.name} looks after no accounts: its driver, ${this.driver}, does not.`,
      );
    };
    return {
      verify: async (request, signal, output) => (await require(signal)).verify(request, signal, output),
      clean: async (request, signal, output) => (await require(signal)).clean(request, signal, output),
      leftovers: async (request, signal, output) =>
        (await require(signal)).leftovers(request, signal, output),
      rotate: async (request, signal, output) => {
        const { rotate } = await require(signal);
        if (rotate !== undefined) return rotate(request, signal, output);
        throw cannotRotate(this);
      },
    };
  }

  /** Opens it now, if it can be opened; resolves when that is known. */
  async tryOpen(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    await this.#openOnce().catch(() => {});
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  /** A template that nobody can check yet is refused by the provider itself, when something is to be made from it. */
  checkTemplate(template: JsonObject | null): ReturnType<Provider['checkTemplate']> {
    return this.#opened?.checkTemplate(template) ?? [];
  }

  /** For good: calls that come later would open it beside the one that has taken its place. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ProviderTransient(`Provider ${this.name} is closed.`));
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }

  #require(signal: AbortSignal): Promise<Provider> {
    const until = AbortSignal.any([signal, this.#closing.signal]);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(until.reason as Error);
      if (until.aborted) return onAbort();
      until.addEventListener('abort', onAbort, { once: true });
      this.#openOnce()
        .then(resolve, reject)
        .finally(() => until.removeEventListener('abort', onAbort));
    });
  }

  /** All who need it meanwhile wait for the same opening. */
  #openOnce(): Promise<Provider> {
    this.#opening ??= this.#open().then(
      (opened) => {
        this.#opened = opened;
        opened.onChange?.(() => this.#listener());
        return opened;
      },
      (cause: unknown) => {
        this.#opening = undefined;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new ProviderTransient(`Provider ${this.name} cannot be opened: ${reason}`, { cause });
      },
    );
    return this.#opening;
  }
}
