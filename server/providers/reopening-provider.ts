import type { JsonObject } from '@poolkeeper/core';
import { ProviderTransient } from './contract.ts';
import type { CreateRequest, DestroyRequest, Provider } from './contract.ts';

/**
 * A provider that is opened when it is first needed, and again at the next call when that failed: its place may be away when
 * the server starts, or when its options change.
 *
 * Errors: `ProviderTransient` with the reason, from every call, while it cannot be opened.
 */
export class ReopeningProvider implements Provider {
  readonly name: string;
  readonly driver: string;
  readonly makes: boolean;
  readonly stopsWithServer: boolean;
  readonly #open: () => Promise<Provider>;
  #opening: Promise<Provider> | undefined;
  #opened: Provider | undefined;
  #listener: (() => void) | undefined;
  #isClosed = false;

  constructor(input: {
    readonly name: string;
    readonly driver: string;
    readonly makes: boolean;
    readonly stopsWithServer: boolean;
    readonly open: () => Promise<Provider>;
  }) {
    this.name = input.name;
    this.driver = input.driver;
    this.makes = input.makes;
    this.stopsWithServer = input.stopsWithServer;
    this.#open = input.open;
  }

  async create(request: CreateRequest, signal: AbortSignal): ReturnType<Provider['create']> {
    return (await this.#require()).create(request, signal);
  }

  async destroy(request: DestroyRequest, signal: AbortSignal): ReturnType<Provider['destroy']> {
    return (await this.#require()).destroy(request, signal);
  }

  async observe(signal: AbortSignal): ReturnType<Provider['observe']> {
    return (await this.#require()).observe(signal);
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
    this.#opened?.onChange?.(listener);
  }

  checkTemplate(template: JsonObject | null): ReturnType<Provider['checkTemplate']> {
    return this.#opened?.checkTemplate(template) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }

  async #require(): Promise<Provider> {
    // Who still has it in hand, such as a look that was under way, must not open what nobody closes again.
    if (this.#isClosed) throw new ProviderTransient(`Provider ${this.name} was changed or closed meanwhile.`);
    if (this.#opened !== undefined) return this.#opened;
    this.#opening ??= this.#open();
    try {
      const opened = await this.#opening;
      if (this.#opened === undefined && this.#listener !== undefined) opened.onChange?.(this.#listener);
      this.#opened = opened;
      return opened;
    } catch (cause) {
      this.#opening = undefined;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProviderTransient(`Provider ${this.name} cannot be opened: ${reason}`, { cause });
    }
  }
}
