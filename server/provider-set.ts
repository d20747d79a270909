import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal, canonicalJson, refuseInput, secretsOfOptions } from '@poolkeeper/core';
import type { InputFault, JsonObject, ProviderEntry, ProviderSpec } from '@poolkeeper/core';
import { callWithLimit } from './jobs/time-limit.ts';
import type { Provider } from './providers/contract.ts';
import type { ProviderContext } from './providers/driver.ts';
import { keepsAccounts, openProvider, stopsWithServer } from './providers/open-provider.ts';
import { ReopeningProvider } from './providers/reopening-provider.ts';
import type { ConfiguredProvider } from './schemas/configuration-spec.ts';

/** How long a provider may take that is only tried out, in milliseconds. */
const TRY_OUT_MS_MAX = 15_000;
const NEVER = new AbortController().signal;

/** What the core wants to know of a provider beside its options. */
export type ProviderTraits = Pick<ProviderSpec, 'makes' | 'attaches'>;

function traitsOf({ makes, members }: Provider): ProviderTraits {
  return { makes, ...(members === undefined ? {} : { attaches: true }) };
}

/** Providers that were opened for a configuration, until it is decided on. Disposing closes those that nobody took over. */
export type PreparedProviders = AsyncDisposable & {
  /** The providers as the core wants to know them. */
  readonly specs: readonly ProviderSpec[];
  /** The provider of that name as the configuration has it, else as it is open; undefined where there is none. */
  find(name: string): Provider | undefined;
};

/** A provider that is new, changed or gone. */
export type ProviderChange = {
  readonly name: string;
  /** Has what it made ended: with the server before this one, or now with the provider before this one? */
  readonly isToResume: boolean;
};

/**
 * The providers of a server: what the world remembers of them, opened. It follows the world; whoever changes a provider asks
 * the core.
 */
export class ProviderSet implements AsyncDisposable {
  /** By name; the same map for the life of the server. */
  readonly providers = new Map<string, Provider>();
  readonly #keys = new Map<string, string>();
  /** Opened for the configuration that is being decided on. */
  readonly #candidates = new Set<Candidate>();
  /** By name: resolves when all that had the name and is being closed is closed. */
  readonly #closing = new Map<string, Promise<void>>();
  /** Configurations are prepared one after another: two that name the same new provider must not both open it. */
  #turn: Promise<void> = Promise.resolve();
  readonly #context: ProviderContext;
  readonly #open: typeof openProvider;

  constructor(context: ProviderContext, open: typeof openProvider = openProvider) {
    this.#context = context;
    this.#open = open;
  }

  /**
   * Opens the providers of a configuration that are not open yet, so that their templates can be checked. Waits until the
   * configuration before it was decided on.
   *
   * Errors: `invalid_input` for a new one that cannot be opened, at the pointer of its index; nothing stays open for it then.
   */
  async prepare(
    entries: readonly ConfiguredProvider[],
    pointerOf: (index: number) => string,
  ): Promise<PreparedProviders> {
    await using stack = new AsyncDisposableStack();
    stack.defer(await this.#takeTurn());
    const own = new Map<string, Provider>();
    const specs: ProviderSpec[] = [];
    for (const [index, entry] of entries.entries()) {
      const { name, driver, ...options } = entry;
      let provider = own.get(name) ?? this.providers.get(name);
      // One that is open with other options is looked after by the same driver: two at once might step on each other.
      if (provider === undefined || provider.driver !== driver) {
        const candidate = { name, key: keyOf(entry), provider: await this.#openFor(entry, pointerOf(index)) };
        this.#candidates.add(candidate);
        stack.defer(async () => {
          if (this.#candidates.delete(candidate)) await this.#close(candidate.provider);
        });
        provider = candidate.provider;
      } else if (provider instanceof ReopeningProvider) {
        // What it cannot open now it tries again with each job; that is no fault of the configuration.
        await provider.tryOpen();
      }
      own.set(name, provider);
      specs.push({ name, driver, ...traitsOf(provider), options });
    }
    const owned = stack.move();
    return {
      specs,
      find: (name) => own.get(name) ?? this.providers.get(name),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  /**
   * Opens a provider beside all others, in a folder of its own, has it check a template, lists once what is there, and closes it
   * again. Answers what the core wants to know of it.
   *
   * Errors: `Refusal` with what is wrong about the options, or at `/template` about the template; what opening or listing throws
   * else, and `TimeLimitExceeded`.
   */
  async tryOut(entry: ConfiguredProvider, template: JsonObject | null): Promise<ProviderTraits> {
    // A trial is nobody's, so it bears no name that servers share.
    const { sharedInstance: _shared, ...context } = this.#context;
    const { timers } = context;
    const dataDirectory = await mkdtemp(join(tmpdir(), 'poolkeeper-try-'));
    const limits = { timers, what: `trial of provider ${entry.name}`, limitMs: TRY_OUT_MS_MAX, stop: NEVER };
    return callWithLimit(limits, async (signal) => {
      await using stack = new AsyncDisposableStack();
      stack.defer(() => rm(dataDirectory, { recursive: true, force: true }));
      const provider = stack.use(await this.#open(entry, { ...context, dataDirectory }));
      const faults = provider.checkTemplate(template).map(({ pointer, message }) => ({
        pointer: `/template${pointer}`,
        message,
      }));
      if (faults.length > 0) throw new Refusal('invalid_input', 'The template is not good.', { faults });
      await provider.observe(signal);
      return traitsOf(provider);
    });
  }

  /** Resolves when the turn has come; answers how it ends. */
  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    return resolve;
  }

  async #openFor(entry: ConfiguredProvider, pointer: string): Promise<Provider> {
    try {
      await this.#closing.get(entry.name);
      return await this.#open(entry, this.#context);
    } catch (error) {
      throw refuseInput(pointer, `provider "${entry.name}" cannot be opened: ${(error as Error).message}`);
    }
  }

  /**
   * Brings what is open in line with what the world remembers. Calls for a provider that changed wait until the one before it is
   * closed. Answers which are new, changed or gone. One whose secret was set anew has changed: it may have been opened with what is
   * no longer good.
   */
  follow(
    entries: Iterable<ProviderEntry>,
    versionOfSecret: (name: string) => number = () => 0,
  ): readonly ProviderChange[] {
    const changes: ProviderChange[] = [];
    const named = new Set<string>();
    for (const { name, driver, makes, attaches = false, options } of entries) {
      named.add(name);
      const entry: ConfiguredProvider = { ...options, name, driver };
      const versions = [...secretsOfOptions(options)].map(versionOfSecret);
      const key = `${keyOf(entry)} ${versions.join(' ')}`;
      if (this.#keys.get(name) === key) continue;
      const before = this.providers.get(name);
      const now = this.#takeOver(entry, { makes, attaches, before });
      this.#keys.set(name, key);
      this.providers.set(name, now);
      changes.push({ name, isToResume: (before ?? now).stopsWithServer === true });
    }
    for (const [name, provider] of this.providers) {
      if (named.has(name)) continue;
      this.providers.delete(name);
      this.#keys.delete(name);
      void this.#close(provider);
      changes.push({ name, isToResume: false });
    }
    return changes;
  }

  #takeOver(
    entry: ConfiguredProvider,
    { makes, attaches, before }: { makes: boolean; attaches: boolean; before: Provider | undefined },
  ): Provider {
    const { name, driver } = entry;
    const key = keyOf(entry);
    const candidates = [...this.#candidates].filter((candidate) => candidate.name === name);
    const fitting = before === undefined ? candidates.find((candidate) => candidate.key === key) : undefined;
    for (const candidate of candidates) {
      this.#candidates.delete(candidate);
      if (candidate !== fitting) void this.#close(candidate.provider);
    }
    if (fitting !== undefined) return fitting.provider;
    if (before !== undefined) void this.#close(before);
    const closed = this.#closing.get(name);
    const open = async (): Promise<Provider> => {
      await closed;
      return this.#open(entry, this.#context);
    };
    const traits = {
      name,
      driver,
      makes,
      attaches,
      keepsAccounts: keepsAccounts(entry),
      stopsWithServer: stopsWithServer(entry),
    };
    return new ReopeningProvider({ ...traits, open });
  }

  /** Resolves when every provider is open, or it is known that it cannot be opened now. */
  async tryOpen(): Promise<void> {
    const reopening = [...this.providers.values()].filter(
      (provider) => provider instanceof ReopeningProvider,
    );
    await Promise.all(reopening.map((provider) => provider.tryOpen()));
  }

  /** Whatever takes up its name waits for the end of this. */
  #close(provider: Provider): Promise<void> {
    const { name } = provider;
    const before = this.#closing.get(name) ?? Promise.resolve();
    const closed = Promise.all([before, this.#dispose(provider)]).then(() => {
      if (this.#closing.get(name) === closed) this.#closing.delete(name);
    });
    this.#closing.set(name, closed);
    return closed;
  }

  async #dispose(provider: Provider): Promise<void> {
    try {
      await provider[Symbol.asyncDispose]();
    } catch (error) {
      this.#context.logger.warn({ err: error, provider: provider.name }, 'a provider did not close well');
    }
  }

  checkTemplate(provider: string, template: JsonObject | null): readonly InputFault[] {
    return this.providers.get(provider)?.checkTemplate(template) ?? [];
  }

  /** Closes all; those that were removed before too, if they still are on their way. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const provider of this.providers.values()) void this.#close(provider);
    await Promise.all(this.#closing.values());
  }
}

type Candidate = { readonly name: string; readonly key: string; readonly provider: Provider };

/** New limits hold at once, so they are no change of the provider. */
function keyOf({ limits: _limits, ...entry }: ConfiguredProvider): string {
  return canonicalJson(entry);
}
