import type { InputFault, JsonObject, ProviderInfo } from '@poolkeeper/core';
import { canonicalJson } from '@poolkeeper/core';
import type { Configuration, ConfiguredProvider } from './config/configuration.ts';
import type { Logger } from './logger.ts';
import type { Provider } from './providers/contract.ts';
import type { ProviderContext } from './providers/driver.ts';
import { openProvider } from './providers/open-provider.ts';

/** The providers of a server: opened from its configuration, read anew with it, closed with it. */
export class ProviderSet implements AsyncDisposable {
  /** By name; the same map for the life of the server. */
  readonly providers = new Map<string, Provider>();
  readonly #entries = new Map<string, ConfiguredProvider>();
  readonly #context: ProviderContext;

  constructor(context: ProviderContext) {
    this.#context = context;
  }

  /**
   * Opens what the configuration names and is not open yet. What is open stays as it is until the server starts again:
   * its resources depend on it.
   */
  async open(configuration: Configuration, logger: Logger): Promise<void> {
    for (const entry of configuration.providers) {
      const known = this.#entries.get(entry.name);
      if (known === undefined) {
        this.providers.set(entry.name, await openProvider(entry, this.#context));
        this.#entries.set(entry.name, entry);
      } else if (canonicalJson(withoutLimits(known)) !== canonicalJson(withoutLimits(entry))) {
        logger.warn(
          { provider: entry.name },
          'the provider changed in the file; start the server again to use that',
        );
      }
    }
    for (const name of this.#entries.keys()) {
      if (configuration.providers.some((entry) => entry.name === name)) continue;
      logger.warn(
        { provider: name },
        'the provider is no longer in the file; it is closed at the next start',
      );
    }
  }

  /** What decisions need to know of them. */
  infos(): Map<string, ProviderInfo> {
    return new Map([...this.providers].map(([name, { driver, makes }]) => [name, { name, driver, makes }]));
  }

  checkTemplate(provider: string, template: JsonObject | null): readonly InputFault[] {
    return this.providers.get(provider)?.checkTemplate(template) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.providers.values()].map((provider) => provider[Symbol.asyncDispose]()));
  }
}

/** New limits hold at once, so they are no change of the provider. */
function withoutLimits({ limits: _limits, ...rest }: ConfiguredProvider): JsonObject {
  return rest;
}
