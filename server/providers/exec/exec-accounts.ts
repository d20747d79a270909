import { ProviderGone, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { AccountRequest, Accounts, OpenCredential, Output, RotateRequest } from '../contract.ts';
import { ProgramUnusable } from './exit-code.ts';
import type { AnswerTo, InputOf, Phase } from './protocol.ts';

type AccountOperation = 'verify' | 'clean' | 'leftovers' | 'rotate';
type Until = { readonly signal: AbortSignal; readonly output?: Output | undefined };

/** One call of the program. */
export type CallProgram = <O extends AccountOperation>(
  operation: O,
  asked: Omit<InputOf<O>, keyof InputOf<'observe'>>,
  until: Until,
) => Promise<AnswerTo<O>>;

/**
 * Accounts that a user's program looks after: it is told what it needs for each call, credentials on standard input alone, and
 * remembers nothing itself.
 */
export function createExecAccounts(call: CallProgram): Accounts {
  return {
    verify: async (request, signal, output) => {
      const { evidence } = await call('verify', askedOf(request), { signal, output }).catch(noVerdict);
      return evidence ?? {};
    },
    clean: async (request, signal, output) => {
      const { evidence } = await call('clean', askedOf(request), { signal, output });
      return evidence ?? {};
    },
    leftovers: async (request, signal, output) =>
      (await call('leftovers', askedOf(request), { signal, output })).leftovers,
    rotate: async (request, signal, output) => {
      const rotation: Rotation = {
        request,
        ask: (phase, part) => {
          const credentials = { ...request.credentials, ...part };
          return call('rotate', { ...askedOf(request), credentials, phase }, { signal, output });
        },
      };
      const next = await makeNext(rotation);
      await request.keep('current', next);
      const { evidence } = await rotation.ask('delete', { current: next, pending: null });
      return evidence ?? {};
    },
  };
}

/** An account must not be lost because a program is replaced at the moment. */
function noVerdict(error: unknown): never {
  if (!(error instanceof ProgramUnusable)) throw error;
  throw new ProviderTransient(error.message, { cause: error });
}

type Rotation = {
  readonly request: RotateRequest;
  readonly ask: (phase: Phase, part: Partial<AccountRequest['credentials']>) => Promise<AnswerTo<'rotate'>>;
};

/**
 * A credential that was tried and is remembered as pending: what an earlier attempt made, where that is good.
 *
 * The server remembers between the phases, so that the program need not: a crash after "create" leaves a key that nobody remembers,
 * which the next "create" deletes; after that the key is known.
 */
async function makeNext({ request, ask }: Rotation): Promise<OpenCredential> {
  const { current, pending } = request.credentials;
  if (pending !== null && (await isGood(() => ask('try', { pending })))) return pending;
  const { credential } = await ask('create', { pending: null });
  if (credential === undefined) {
    throw new ProviderTransient(
      'The program’s answer to rotate is wrong. credential: is missing; needed in phase "create" is an object of texts by name.',
    );
  }
  if (isSame(credential, current)) {
    throw new ProviderRefused(
      'The program was asked to create a credential and answered the one that is in force. Make another one in phase "create".',
    );
  }
  await request.keep('pending', credential);
  await ask('try', { pending: credential });
  return credential;
}

/** A refusal is an answer; that nobody knows is not. */
async function isGood(trial: () => Promise<unknown>): Promise<boolean> {
  try {
    await trial();
    return true;
  } catch (error) {
    if (error instanceof ProviderRefused || error instanceof ProviderGone) return false;
    throw error;
  }
}

function isSame(one: OpenCredential, other: OpenCredential | null): boolean {
  const names = Object.keys(one);
  if (other === null || names.length !== Object.keys(other).length) return false;
  return names.every((name) => one[name] === other[name]);
}

function askedOf(request: AccountRequest): Omit<InputOf<'verify'>, keyof InputOf<'observe'>> {
  const { resource, params, idempotencyKey, credentials } = request;
  const { id, name, pool, epoch } = resource;
  return { resource: { id, name, pool, epoch }, params, idempotencyKey, credentials };
}
