import type { Json, JsonObject } from '@poolkeeper/core';
import type {
  AccountRequest,
  Accounts,
  Leftover,
  Provider,
  RotateRequest,
} from '../../../providers/contract.ts';
import { ProviderRefused, ProviderTransient } from '../../../providers/contract.ts';
import type { StepCredentials, StepExecutor } from '../../../steps/contract.ts';
import { createProviderStep } from '../../../steps/provider/provider-step.ts';

/** What a test knows of one account of the world outside. */
export type ScriptedAccount = {
  /** What a holder left, by name. */
  readonly left: Set<string>;
  /** Things that no cleaning takes away. */
  readonly stuck: Set<string>;
  isBad: boolean;
};

/** A world of accounts that do what a test says, behind the steps of a provider as the product does them. */
export class ScriptedAccounts {
  readonly #accounts = new Map<string, ScriptedAccount>();
  /** What was done, in order, such as `clean abc`. */
  readonly done: string[] = [];
  /** Does nobody answer? */
  isAway = false;
  /** Work waits while it is set, and goes on when it resolves. */
  gate: Promise<void> | undefined;
  readonly executor: StepExecutor;
  #keys = 0;

  constructor(credentials: StepCredentials) {
    const providers = new Map([['acctpool', this.provider]]);
    const steps = createProviderStep({ providers, credentials, paramsOf: () => Promise.resolve({}) });
    this.executor = {
      check: (input) => steps.check(input),
      run: async (call, tools) => {
        await this.gate;
        const { action } = call.input as Record<string, Json> & { action: string };
        this.done.push(`${action} ${call.resource.name}`);
        return steps.run(call, tools);
      },
    };
  }

  of(name: string): ScriptedAccount {
    const known = this.#accounts.get(name) ?? { left: new Set(), stuck: new Set(), isBad: false };
    this.#accounts.set(name, known);
    return known;
  }

  readonly #looksAfter: Accounts = {
    verify: (request) => this.#enter(request, () => ({})),
    clean: (request) =>
      this.#enter(request, ({ left }) => {
        left.clear();
        return {};
      }),
    leftovers: (request) =>
      this.#enter(request, ({ left, stuck }) =>
        [...left, ...stuck].map((id): Leftover => ({ kind: 'thing', id })),
      ),
    rotate: async (request: RotateRequest): Promise<JsonObject> => {
      await this.#enter(request, () => ({}));
      await request.keep('current', { apikey: `key-${(this.#keys += 1)}` });
      return {};
    },
  };

  #enter<T>({ resource }: AccountRequest, act: (account: ScriptedAccount) => T): Promise<T> {
    const account = this.of(resource.name);
    if (this.isAway) return Promise.reject(new ProviderTransient('nobody answers'));
    if (account.isBad) return Promise.reject(new ProviderRefused('BXNIM0415E: the key is not known'));
    return Promise.resolve(act(account));
  }

  /** Accounts are registered: nothing is made, and nothing listed. */
  get provider(): Provider {
    return {
      name: 'acctpool',
      driver: 'exec',
      makes: false,
      accounts: this.#looksAfter,
      create: () => Promise.reject(new ProviderRefused('accounts are registered')),
      destroy: () => Promise.resolve('gone'),
      observe: () => Promise.resolve([]),
      checkTemplate: () => [],
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}
