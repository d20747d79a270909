import { Refusal } from '@poolkeeper/core';
import type { ConfiguredPool, InputFault, Plan, ProviderEntry, ProviderSpec } from '@poolkeeper/core';
import { checkTemplates } from './config/check-templates.ts';
import { askSealed } from './configured-credentials.ts';
import type { ConfiguredCredentialsParts } from './configured-credentials.ts';
import type { Keeper } from './keeper/contract.ts';
import { checkProvider } from './providers/open-provider.ts';
import type { PreparedProviders, ProviderSet } from './provider-set.ts';
import type { ConfigurationSpec, ConfiguredProvider } from './schemas/configuration-spec.ts';

/** What configurations go through on their way to the core: providers check themselves and the templates of their pools. */
export class Configurator {
  readonly #keeper: Pick<Keeper, 'ask' | 'read'>;
  readonly #providers: ProviderSet;
  readonly #sealing: Omit<ConfiguredCredentialsParts, 'keeper'>;

  constructor(
    keeper: Pick<Keeper, 'ask' | 'read'>,
    providers: ProviderSet,
    sealing: Omit<ConfiguredCredentialsParts, 'keeper'>,
  ) {
    this.#keeper = keeper;
    this.#providers = providers;
    this.#sealing = sealing;
  }

  /** Says what a configuration would change. Errors: those of `apply`. */
  async plan({ isPruning, ...spec }: ConfigurationSpec & { readonly isPruning: boolean }): Promise<Plan> {
    await using prepared = await this.#prepare(spec);
    const { workflows, profiles } = spec;
    const { specs: providers } = prepared;
    return await this.#askSealed(spec, (pools) =>
      this.#keeper.ask({ type: 'planConfiguration', providers, workflows, profiles, pools, isPruning }),
    );
  }

  /**
   * Makes the world as a configuration says, in one decision or not at all. `agreed`: the fingerprint of the plan that somebody
   * agreed to, or null.
   *
   * Errors: a `Refusal` whose faults point into the configuration; nothing was changed then.
   */
  async apply(
    input: ConfigurationSpec & { readonly isPruning: boolean; readonly agreed: string | null },
  ): Promise<Plan> {
    await using prepared = await this.#prepare(input);
    const { workflows, profiles, isPruning, agreed } = input;
    const { specs: providers } = prepared;
    return await this.#askSealed(input, (pools) =>
      this.#keeper.ask({ type: 'configure', providers, workflows, profiles, pools, isPruning, agreed }),
    );
  }

  /** Makes one provider known, or changes it. Errors: as `apply`, with pointers into the provider's entry. */
  async putProvider(entry: ConfiguredProvider, version?: number): Promise<ProviderEntry> {
    await using prepared = await this.#prepareProviders([entry], () => '');
    const [spec] = prepared.specs as readonly [ProviderSpec];
    return await this.#keeper.ask({
      type: 'putProvider',
      spec,
      ...(version === undefined ? {} : { version }),
    });
  }

  #askSealed(
    { pools }: ConfigurationSpec,
    ask: (pools: readonly ConfiguredPool[]) => Promise<Plan>,
  ): Promise<Plan> {
    return askSealed({ keeper: this.#keeper, ...this.#sealing }, pools, ask);
  }

  async #prepare(spec: ConfigurationSpec): Promise<PreparedProviders> {
    await using stack = new AsyncDisposableStack();
    const prepared = stack.use(
      await this.#prepareProviders(spec.providers, (index) => `/providers/${index}`),
    );
    const faults = checkTemplates(spec, (name) => prepared.find(name));
    if (faults.length > 0) throw refusalOf(faults);
    stack.move();
    return prepared;
  }

  async #prepareProviders(
    entries: readonly ConfiguredProvider[],
    pointerOf: (index: number) => string,
  ): Promise<PreparedProviders> {
    const faults = entries.flatMap((entry, index) =>
      checkProvider(entry).map(({ pointer, message }) => ({
        pointer: `${pointerOf(index)}${pointer}`,
        message,
      })),
    );
    if (faults.length > 0) throw refusalOf(faults);
    return this.#providers.prepare(entries, pointerOf);
  }
}

function refusalOf(faults: readonly InputFault[]): Refusal {
  const more = faults.length > 1 ? ` And ${faults.length - 1} more: see "errors".` : '';
  return new Refusal('invalid_input', `${faults[0]?.message ?? ''}${more}`, { faults });
}
