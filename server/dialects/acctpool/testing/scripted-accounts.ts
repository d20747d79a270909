import type { JsonObject } from '@poolkeeper/core';
import type { Provider } from '../../../providers/contract.ts';
import { ProviderRefused } from '../../../providers/contract.ts';
import { StepRefused } from '../../../steps/contract.ts';
import type { StepCall, StepExecutor } from '../../../steps/contract.ts';

/** What a test knows of one account of the world outside. */
export type ScriptedAccount = {
  /** What a holder left, by name. */
  readonly left: Set<string>;
  /** Things that no cleaning takes away. */
  readonly stuck: Set<string>;
  isBad: boolean;
};

/** A world of accounts that do what a test says, behind the steps of a provider. */
export class ScriptedAccounts {
  readonly #accounts = new Map<string, ScriptedAccount>();
  /** What was done, in order, such as `clean abc`. */
  readonly done: string[] = [];
  /** Does nobody answer? */
  isAway = false;
  /** Work waits while it is set, and goes on when it resolves. */
  gate: Promise<void> | undefined;
  readonly #keep: (call: StepCall, key: string) => Promise<void>;
  #keys = 0;

  /** `keep` remembers a new key of the account that a step is about. */
  constructor(keep: (call: StepCall, key: string) => Promise<void>) {
    this.#keep = keep;
  }

  of(name: string): ScriptedAccount {
    const known = this.#accounts.get(name) ?? { left: new Set(), stuck: new Set(), isBad: false };
    this.#accounts.set(name, known);
    return known;
  }

  readonly executor: StepExecutor = {
    check: () => null,
    run: async (call) => {
      const { action, input } = call.input as JsonObject & { action: string; input?: JsonObject };
      await this.gate;
      this.done.push(`${action} ${call.resource.name}`);
      if (this.isAway) throw new Error('nobody answers');
      const evidence = await this.#act(call, { action, proves: input?.['proves'] === true });
      return { isPassed: true, exitCode: null, evidence, error: null };
    },
  };

  async #act(call: StepCall, { action, proves }: { action: string; proves: boolean }): Promise<JsonObject> {
    const account = this.of(call.resource.name);
    if (account.isBad)
      throw new StepRefused('BXNIM0415E: the key is not known', { cause: new ProviderRefused('BXNIM0415E') });
    if (action === 'clean') account.left.clear();
    if (action === 'rotate') await this.#keep(call, `key-${(this.#keys += 1)}`);
    const found = [...account.left, ...account.stuck];
    if ((action === 'prove' || proves) && found.length > 0)
      throw new Error(`still there: ${found.join(', ')}`);
    return {};
  }

  /** Accounts are registered: nothing is made, and nothing listed. */
  readonly provider: Provider = {
    name: 'acctpool',
    driver: 'exec',
    makes: false,
    create: () => Promise.reject(new ProviderRefused('accounts are registered')),
    destroy: () => Promise.resolve('gone'),
    observe: () => Promise.resolve([]),
    checkTemplate: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
