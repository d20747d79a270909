import { canonicalJson, refuseInput } from '@poolkeeper/core';
import type { InputFault, JsonObject, ProviderEntry, ProviderSpec } from '@poolkeeper/core';
import type { Provider } from './providers/contract.ts';
import type { ProviderContext } from './providers/driver.ts';
import { openProvider, stopsWithServer } from './providers/open-provider.ts';
import { ReopeningProvider } from './providers/reopening-provider.ts';
import type { ConfiguredProvider } from './schemas/configuration-spec.ts';

type Candidate = { readonly key: string; readonly provider: Provider; isTaken: boolean };

/** Providers that were opened for a configuration, until it is decided on. Disposing closes those that nobody took over. */
export type PreparedProviders = AsyncDisposable & {
  /** The providers as the core wants to know them. */
  readonly specs: readonly ProviderSpec[];
  /** The provider of that name as the configuration has it, else as it is open; undefined where there is none. */
  find(name: string): Provider | undefined;
};

/**
 * The providers of a server: what the world remembers of them, opened. It follows the world; whoever changes a provider asks
 * the core.
 */
export class ProviderSet implements AsyncDisposable {
  /** By name; the same map for the life of the server. */
  readonly providers = new Map<string, Provider>();
  readonly #keys = new Map<string, string>();
  /** Opened last for a configuration that is being decided on. */
  readonly #candidates = new Map<string, Candidate>();
  readonly #context: ProviderContext;
  readonly #open: typeof openProvider;

  constructor(context: ProviderContext, open: typeof openProvider = openProvider) {
    this.#context = context;
    this.#open = open;
  }

  /**
   * Opens the providers of a configuration that are not open yet, so that their templates can be checked.
   *
   * Errors: `invalid_input` for one that cannot be opened, at the pointer of its index; nothing stays open then.
   */
  async prepare(
    entries: readonly ConfiguredProvider[],
    pointerOf: (index: number) => string,
  ): Promise<PreparedProviders> {
    await using stack = new AsyncDisposableStack();
    const own = new Map<string, Provider>();
    const specs: ProviderSpec[] = [];
    for (const [index, entry] of entries.entries()) {
      const { name, driver, ...options } = entry;
      let provider = this.providers.get(name);
      // One that is open with other options is looked after by the same driver: two at once might step on each other.
      if (provider === undefined || provider.driver !== driver) {
        const opened = await this.#openFor(entry, pointerOf(index));
        const candidate: Candidate = { key: keyOf(entry), provider: opened, isTaken: false };
        this.#candidates.set(name, candidate);
        stack.defer(() => this.#giveBack(name, candidate));
        provider = opened;
      }
      own.set(name, provider);
      specs.push({ name, driver, makes: provider.makes, options });
    }
    const owned = stack.move();
    return {
      specs,
      find: (name) => own.get(name) ?? this.providers.get(name),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  /** Another configuration may have opened one of the same name meanwhile: each closes its own. */
  async #giveBack(name: string, candidate: Candidate): Promise<void> {
    if (this.#candidates.get(name) === candidate) this.#candidates.delete(name);
    if (!candidate.isTaken) await this.#close(candidate.provider);
  }

  async #openFor(entry: ConfiguredProvider, pointer: string): Promise<Provider> {
    try {
      return await this.#open(entry, this.#context);
    } catch (error) {
      throw refuseInput(pointer, `provider "${entry.name}" cannot be opened: ${(error as Error).message}`);
    }
  }

  /**
   * Brings what is open in line with what the world remembers. Calls for a provider that changed wait until the one before it is
   * closed. Answers the names of those that are new, changed or gone.
   */
  follow(entries: Iterable<ProviderEntry>): readonly string[] {
    const changed: string[] = [];
    const named = new Set<string>();
    for (const { name, driver, makes, options } of entries) {
      named.add(name);
      const entry: ConfiguredProvider = { ...options, name, driver };
      const key = keyOf(entry);
      if (this.#keys.get(name) === key) continue;
      changed.push(name);
      const before = this.providers.get(name);
      this.#keys.set(name, key);
      this.providers.set(name, this.#takeOver(entry, key, { makes, before }));
    }
    for (const [name, provider] of this.providers) {
      if (named.has(name)) continue;
      changed.push(name);
      this.providers.delete(name);
      this.#keys.delete(name);
      void this.#close(provider);
    }
    return changed;
  }

  #takeOver(
    entry: ConfiguredProvider,
    key: string,
    { makes, before }: { makes: boolean; before: Provider | undefined },
  ): Provider {
    const candidate = this.#candidates.get(entry.name);
    this.#candidates.delete(entry.name);
    if (candidate !== undefined) candidate.isTaken = true;
    if (candidate !== undefined && candidate.key === key && before === undefined) return candidate.provider;
    const closed = Promise.all([
      before === undefined ? undefined : this.#close(before),
      candidate === undefined ? undefined : this.#close(candidate.provider),
    ]);
    const open = async (): Promise<Provider> => {
      await closed;
      return this.#open(entry, this.#context);
    };
    const { name, driver } = entry;
    return new ReopeningProvider({ name, driver, makes, stopsWithServer: stopsWithServer(entry), open });
  }

  async #close(provider: Provider): Promise<void> {
    try {
      await provider[Symbol.asyncDispose]();
    } catch (error) {
      this.#context.logger.warn({ err: error, provider: provider.name }, 'a provider did not close well');
    }
  }

  checkTemplate(provider: string, template: JsonObject | null): readonly InputFault[] {
    return this.providers.get(provider)?.checkTemplate(template) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.providers.values()].map((provider) => this.#close(provider)));
  }
}

/** New limits hold at once, so they are no change of the provider. */
function keyOf({ limits: _limits, ...entry }: ConfiguredProvider): string {
  return canonicalJson(entry);
}
