import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused, ProviderTransient } from './contract.ts';
import type {
  AccountRequest,
  Accounts,
  Leftover,
  OpenCredential,
  Provider,
  RotateRequest,
} from './contract.ts';

/**
 * A vendor of accounts in memory, for tests and the simulation: an account has a management token, keys that open it, and things that
 * its holders make with them. It does what a vendor does: keys can be made and deleted, never read again.
 */
export class TestAccountService {
  /** By id; the value is the secret. */
  readonly keys = new Map<string, string>();
  readonly things = new Map<string, Leftover>();
  isAway = false;
  readonly token: string;
  readonly #newSecret: () => string;

  /** `newSecret` answers another text each time. */
  constructor(newSecret: () => string) {
    this.#newSecret = newSecret;
    this.token = newSecret();
  }

  makeKey(): OpenCredential {
    const id = `key-${this.#newSecret().slice(-8)}`;
    const secret = this.#newSecret();
    this.keys.set(id, secret);
    return { id, secret };
  }

  opens({ id, secret }: OpenCredential): boolean {
    return id !== undefined && secret !== undefined && this.keys.get(id) === secret;
  }

  leave(thing: Leftover): Leftover {
    this.things.set(`${thing.kind}/${thing.id}`, thing);
    return thing;
  }

  /** Lets a manager in. Errors: those of a provider. */
  admit(management: OpenCredential | null): void {
    if (this.isAway) throw new ProviderTransient('The account service does not answer.');
    if (management?.['token'] !== this.token) {
      throw new ProviderRefused('The account service does not let the management token in.');
    }
  }
}

/** Looks after the account of the service, as contract.ts wants it. */
export function createTestAccounts(service: TestAccountService): Accounts {
  /** As a vendor's answer does, it comes later. */
  const enter = async (request: AccountRequest, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    await Promise.resolve();
    service.admit(request.credentials.management);
  };
  return {
    verify: async (request, signal) => {
      await enter(request, signal);
      return { account: request.resource.name };
    },
    clean: async (request, signal) => {
      await enter(request, signal);
      const removed = service.things.size;
      service.things.clear();
      return { removed };
    },
    leftovers: async (request, signal) => {
      await enter(request, signal);
      return [...service.things.values()];
    },
    rotate: async (request, signal) => {
      await enter(request, signal);
      return rotate(service, request);
    },
  };
}

async function rotate(service: TestAccountService, request: RotateRequest): Promise<JsonObject> {
  const { current, pending } = request.credentials;
  let next = pending;
  if (next === null || !service.opens(next)) {
    // What an attempt made whose end nobody remembers.
    keepOnly(service, current);
    next = service.makeKey();
    await request.keep('pending', next);
  }
  if (!service.opens(next)) throw new ProviderRefused('The new key does not open the account.');
  await request.keep('current', next);
  keepOnly(service, next);
  return { key: next['id'] ?? '' };
}

function keepOnly({ keys }: TestAccountService, credential: OpenCredential | null): void {
  for (const id of keys.keys()) if (id !== credential?.['id']) keys.delete(id);
}

/** A provider of registered accounts, and of nothing else. */
export function aTestAccountProvider(accounts: Accounts, name = 'vendor'): Provider {
  return {
    name,
    driver: 'test',
    makes: false,
    accounts,
    create: () => Promise.reject(new ProviderRefused('Accounts are registered.')),
    destroy: () => Promise.resolve('gone'),
    observe: () => Promise.resolve([]),
    checkTemplate: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
