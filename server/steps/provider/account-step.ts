import type { JsonObject } from '@poolkeeper/core';
import { ProviderGone, ProviderRefused, ProviderTransient, cannotRotate } from '../../providers/contract.ts';
import type {
  AccountAction,
  AccountRequest,
  Accounts,
  Leftover,
  OpenCredential,
  RotateRequest,
} from '../../providers/contract.ts';
import { StepRefused } from '../contract.ts';
import type { OpenCredentials, StepCall, StepCredentials, StepResult, StepTools } from '../contract.ts';

/** Things left over that are named, and characters of each name; the rest is counted. */
export const NAMED_MAX = 20;
const NAME_LENGTH_MAX = 80;
/** Characters of names in an error, which has to fit into a job. */
const NAMES_LENGTH_MAX = 340;

/** A vendor may need so long until a new credential is known in all of its places. Milliseconds. */
export const KNOWN_EVERYWHERE_MS = 30_000;

export type AccountStep = {
  readonly provider: { readonly name: string; readonly driver: string; readonly accounts: Accounts };
  readonly action: AccountAction;
  readonly input: JsonObject;
};

type Call = { readonly step: StepCall; readonly tools: StepTools };
/** What is known of the accounts that steps are for. */
export type AccountParts = {
  readonly credentials: StepCredentials;
  /** The parameters of a resource as they are now, with those of its profiles. */
  readonly paramsOf: (resource: string) => Promise<JsonObject>;
};

/**
 * What is done with an account between two holders, one attempt of it. Its credentials are opened for the attempt, and hidden in all
 * that comes out of it; so is what a rotation makes.
 *
 * That a credential is no good is an outcome that stays; that something is left over one that another attempt may find otherwise.
 * Errors: those of a provider.
 */
export async function lookAfterAccount(
  parts: AccountParts,
  { provider, action, input }: AccountStep,
  call: Call,
): Promise<StepResult> {
  checkInput(action, input);
  const { accounts } = provider;
  const request = await openRequest(parts, call);
  const { signal, output } = call.tools;
  const say = (chunk: Uint8Array): void => output('stdout', chunk);
  switch (action) {
    case 'verify':
      return verify(parts, { accounts, request, call });
    case 'clean': {
      const evidence = await accounts.clean(request, signal, say);
      if (input['proves'] !== true) return passed(evidence);
      return prove(await accounts.leftovers(request, signal, say), { request, evidence });
    }
    case 'prove':
      return prove(await accounts.leftovers(request, signal, say), { request, evidence: {} });
    case 'rotate':
      if (accounts.rotate === undefined) throw cannotRotate(provider);
      return passed(await accounts.rotate(rotation(parts, request, call), signal, say));
  }
}

function checkInput(action: AccountAction, input: JsonObject): void {
  for (const [name, value] of Object.entries(input)) {
    if (action === 'clean' && name === 'proves' && typeof value === 'boolean') continue;
    const allowed =
      action === 'clean' ? 'Allowed is "proves", true or false' : 'It takes none; leave "input" out';
    throw new StepRefused(
      `with/input/${name}: the action ${action} of an account does not know this. ${allowed}.`,
    );
  }
}

async function openRequest(parts: AccountParts, { step, tools }: Call): Promise<AccountRequest> {
  const { id, name, pool, epoch } = step.resource;
  const credentials = await parts.credentials.open(id);
  tools.hide(textsOf(credentials));
  const params = await parts.paramsOf(id);
  return { resource: { id, name, pool, epoch }, params, credentials, idempotencyKey: step.idempotencyKey };
}

async function verify(
  { credentials }: AccountParts,
  { accounts, request, call }: { accounts: Accounts; request: AccountRequest; call: Call },
): Promise<StepResult> {
  const { signal, output } = call.tools;
  try {
    return passed(await accounts.verify(request, signal, (chunk) => output('stdout', chunk)));
  } catch (error) {
    if (!(error instanceof ProviderRefused || error instanceof ProviderGone)) throw error;
    const now = await credentials.open(request.resource.id);
    if (JSON.stringify(now) !== JSON.stringify(request.credentials)) {
      call.tools.hide(textsOf(now));
      // What was looked at is in force no more: its verdict says nothing about what is.
      throw new ProviderTransient('The credentials changed while they were verified.', { cause: error });
    }
    if ((await credentials.ageMs(request.resource.id)) < KNOWN_EVERYWHERE_MS) {
      const isNew = `The credentials changed less than ${KNOWN_EVERYWHERE_MS / 1_000} s ago, so it may not be known everywhere.`;
      throw new ProviderTransient(`${error.message} ${isNew}`, { cause: error });
    }
    return { ...failed(error.message, null), isFinal: true };
  }
}

/** Each word of a rotation is durable before the provider goes on, and hidden before that. */
function rotation(
  { credentials }: AccountParts,
  request: AccountRequest,
  { step, tools }: Call,
): RotateRequest {
  const { resource, idempotencyKey: job } = request;
  return {
    ...request,
    keep: async (part, credential) => {
      tools.hide(Object.values(credential));
      try {
        await credentials.keep({ job, resource: resource.id, part, values: credential });
      } catch (error) {
        if (!(error instanceof StepRefused)) throw error;
        throw new ProviderRefused(error.message, { cause: error });
      }
      tools.output('stdout', Buffer.from(`${step.resource.name}: a new credential is ${WORDS[part]}\n`));
    },
  };
}

const WORDS = { pending: 'made and remembered', current: 'in force' } as const;

/** Passed when nothing is left over; else everything that is has its name here, as far as there is room. */
function prove(
  left: readonly Leftover[],
  { request, evidence }: { request: AccountRequest; evidence: JsonObject },
): StepResult {
  if (left.length === 0) return passed({ ...evidence, leftovers: 0 });
  const named = left.slice(0, NAMED_MAX).map((thing) => nameOf(thing));
  const things = left.length === 1 ? '1 thing is' : `${left.length} things are`;
  const error =
    `${things} left in ${request.resource.name}: ${listOf(named, left.length)}. ` +
    'Clean it again, or remove it by hand, and retry the step.';
  return failed(error, { ...evidence, leftovers: left.length, first: named });
}

/** As many as there is room for; one is named in any case. */
function listOf(named: readonly string[], count: number): string {
  let length = 0;
  const shown = named.filter((name, index) => (length += name.length + 2) <= NAMES_LENGTH_MAX || index === 0);
  const more = count - shown.length;
  return `${shown.join(', ')}${more === 0 ? '' : `, and ${more} more`}`;
}

function nameOf({ kind, id, name }: Leftover): string {
  const text = name === undefined || name === id ? `${kind} ${id}` : `${kind} ${id} (${name})`;
  return text.length > NAME_LENGTH_MAX ? `${text.slice(0, NAME_LENGTH_MAX)}…` : text;
}

function textsOf(credentials: OpenCredentials): string[] {
  return Object.values(credentials).flatMap((credential: OpenCredential | null) =>
    Object.values(credential ?? {}),
  );
}

function passed(evidence: JsonObject): StepResult {
  return { isPassed: true, exitCode: null, evidence, error: null };
}

function failed(error: string, evidence: JsonObject | null): StepResult {
  return { isPassed: false, exitCode: null, evidence, error };
}
