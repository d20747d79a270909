import type { JsonObject } from '@poolkeeper/core';
import { ProviderRefused } from '../../server/providers/contract.ts';
import type {
  AccountRequest,
  Accounts,
  Leftover,
  OpenCredential,
  RotateRequest,
} from '../../server/providers/contract.ts';
import type { Bank, BankKey } from './bank.ts';

/** Rounds that one cleaning makes, at most: what is taken away may uncover more. */
const CLEANING_ROUNDS_MAX = 3;

/** One call to the bank each; every one may be slow, fail, get lost or be cut off as the mood of the bank has it. */
export type BankCalls = {
  isManagement(request: AccountRequest, signal: AbortSignal): Promise<boolean>;
  works(request: AccountRequest, key: OpenCredential, signal: AbortSignal): Promise<boolean>;
  keys(request: AccountRequest, signal: AbortSignal): Promise<readonly BankKey[]>;
  createKey(request: AccountRequest, signal: AbortSignal): Promise<BankKey>;
  deleteKey(request: AccountRequest, id: string, signal: AbortSignal): Promise<void>;
  things(request: AccountRequest, signal: AbortSignal): Promise<readonly Leftover[]>;
  deleteThing(request: AccountRequest, id: string, signal: AbortSignal): Promise<void>;
};

export type CallBank = <T>(effect: () => T, signal: AbortSignal) => Promise<T>;

/** The bank as one process reaches it. `overlooks`: draws whether a cleaning overlooks one thing. */
export function createBankCalls(bank: Bank, call: CallBank, overlooks: () => boolean): BankCalls {
  const nameOf = ({ resource }: AccountRequest): string => resource.name;
  return {
    isManagement: (request, signal) =>
      call(() => bank.isManagement(nameOf(request), request.credentials.management?.['secret']), signal),
    works: (request, key, signal) => call(() => bank.works(nameOf(request), key['secret']), signal),
    keys: (request, signal) => call(() => bank.keysOf(nameOf(request)), signal),
    createKey: (request, signal) => call(() => bank.createKey(nameOf(request)), signal),
    deleteKey: (request, id, signal) => call(() => bank.deleteKey(nameOf(request), id), signal),
    things: (request, signal) => call(() => bank.thingsOf(nameOf(request)), signal),
    deleteThing: (request, id, signal) =>
      call(() => (overlooks() ? undefined : bank.deleteThing(nameOf(request), id)), signal),
  };
}

/** Tells the bank when somebody looked, and found nothing: that is what an offer has to wait for. */
export function proving(real: Accounts, bank: Bank): Accounts {
  return {
    ...real,
    leftovers: async (request, signal) => {
      const left = await real.leftovers(request, signal);
      if (left.length === 0) bank.prove(request.resource.name);
      return left;
    },
  };
}

/** Looks after accounts of the bank, keeping the contract of `Accounts`: a crash between any two calls leaves what the next attempt mends. */
export function createSimAccounts(calls: BankCalls): Accounts {
  return {
    verify: (request, signal) => requireManagement(calls, request, signal),
    clean: async (request, signal) => {
      await requireManagement(calls, request, signal);
      for (let round = 0; round < CLEANING_ROUNDS_MAX; round += 1) {
        const left = await findLeft(calls, request, signal);
        if (left.length === 0) break;
        for (const { kind, id } of left)
          if (kind === 'key') await calls.deleteKey(request, id, signal);
          else await calls.deleteThing(request, id, signal);
      }
      return {};
    },
    leftovers: async (request, signal) => {
      await requireManagement(calls, request, signal);
      return findLeft(calls, request, signal);
    },
    rotate: async (request, signal) => {
      await requireManagement(calls, request, signal);
      const made = await makeKey(calls, request, signal);
      if (!(await calls.works(request, made, signal)))
        throw new Error('Simulated: the key is not known yet.');
      await request.keep('current', made);
      signal.throwIfAborted();
      for (const { id } of await calls.keys(request, signal))
        if (id !== made['id']) await calls.deleteKey(request, id, signal);
      return { key: made['id'] ?? '' };
    },
  };
}

/** What an attempt before this one made and kept is taken up again, as long as it is there. */
async function makeKey(
  calls: BankCalls,
  request: RotateRequest,
  signal: AbortSignal,
): Promise<OpenCredential> {
  const { pending } = request.credentials;
  if (pending !== null && (await calls.works(request, pending, signal))) return pending;
  const made = { ...(await calls.createKey(request, signal)) };
  await request.keep('pending', made);
  // What it would still do after its time, it would do beside the next attempt.
  signal.throwIfAborted();
  return made;
}

/** Things, and keys beside the one that is in force. */
async function findLeft(
  calls: BankCalls,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<readonly Leftover[]> {
  const inForce = request.credentials.current?.['id'];
  const keys = (await calls.keys(request, signal)).filter(({ id }) => id !== inForce);
  return [...(await calls.things(request, signal)), ...keys.map(({ id }) => ({ kind: 'key', id }))];
}

async function requireManagement(
  calls: BankCalls,
  request: AccountRequest,
  signal: AbortSignal,
): Promise<JsonObject> {
  if (await calls.isManagement(request, signal)) return { account: request.resource.name };
  throw new ProviderRefused('Simulated: this does not manage the account.');
}
