import { formatDuration } from '@poolkeeper/core';
import type { Json, JsonObject } from '@poolkeeper/core';
import type {
  AcctpoolConfiguration,
  ConfiguredAccount,
  ConfiguredCare,
} from './configuration/configuration.ts';
import { poolOf } from './parts.ts';

/** What looks after the accounts: the provider's entry of a configuration, without its name. */
export type AccountKeeper = {
  readonly entry: { readonly driver: string } & JsonObject;
  /** Can it verify, clean and prove? Else accounts are lent as they come back. */
  readonly cleans: boolean;
  /** Can it give an account another key? */
  readonly rotates: boolean;
};

export const PROVIDER = 'acctpool';
const ENTER = 'acctpool-enter';
const CLEAN = 'acctpool-clean';
const PROVE = 'acctpool-prove';
const APPROVE = 'acctpool-approve';
/** Attempts after the first at what nobody can tell at the moment: most of a day, with the last pause between them. */
const VERIFY_RETRIES = 20;
/** How long one look at a credential may take. */
const VERIFY_TIMEOUT = '2m';
const PROBE_TIMEOUT = '30s';
/** Says whether an account's credential can be taken back without a person. */
const ROTATION = 'rotation';

/**
 * The configuration of Poolkeeper that does what the file of an acctpool says: a pool for each type, a resource for each account.
 *
 * An account is verified, cleaned and proven clean before it is lent for the first time. When it comes back, what its holder had is taken
 * from him first, so that nothing new can be made; then it is cleaned, then proven clean. What fails is tried again after pauses that
 * grow, and then set aside by its name.
 *
 * Shape: a document as `poolkeeper apply` takes it. It holds the credentials in the clear.
 */
export function nativeDocument(
  configuration: AcctpoolConfiguration,
  keeper: AccountKeeper,
): Record<string, Json> {
  const { types, accounts, care } = configuration;
  const isAsked = types.some(({ approvalMs }) => approvalMs !== null);
  return {
    providers: [
      {
        name: PROVIDER,
        ...keeper.entry,
        ...(keeper.cleans ? { limits: { concurrency: care.parallel } } : {}),
      },
    ],
    workflows: [
      ...(keeper.cleans ? careWorkflows(care, keeper) : []),
      ...(isAsked ? types.flatMap(approvalOf) : []),
    ],
    pools: types.map((type) => ({
      name: poolOf(type.name),
      kind: 'account',
      provider: PROVIDER,
      lease: {
        default: formatDuration(type.durationMsDefault),
        max: formatDuration(type.durationMsMax),
        queue: 'fifo',
      },
      on: {
        ...(keeper.cleans
          ? {
              enter: { workflow: ENTER },
              // A lease may put a workflow of its own in the place of the pool's, and never in the place of these two.
              release: { clean: CLEAN, verify: PROVE },
            }
          : {}),
        ...(type.approvalMs === null ? {} : { allocate: { workflow: approvalName(type.name) } }),
      },
      ...(type.cooldownMs === 0 ? {} : { cooldown: formatDuration(type.cooldownMs) }),
      ...(keeper.cleans ? { health: [verifyProbe(care)] } : {}),
      resources: accounts
        .filter((account) => account.type === type.name)
        .map((account) => resourceOf(account, care, keeper)),
    })),
  };
}

function isRotating({ isRotating: isWanted }: ConfiguredCare, { rotates }: AccountKeeper): boolean {
  return isWanted && rotates;
}

function careWorkflows(care: ConfiguredCare, keeper: AccountKeeper): Json[] {
  const pauses = care.pausesMs.map((pauseMs) => formatDuration(pauseMs));
  const again = {
    retries: pauses.length,
    ...(pauses.length === 0 ? {} : { pauses }),
    onFailure: 'quarantine',
  };
  const timeout = formatDuration(care.timeoutMs);
  const step = (action: string, more: JsonObject, input?: JsonObject): JsonObject => ({
    name: action,
    uses: 'provider',
    with: { action, ...(input === undefined ? {} : { input }) },
    ...more,
  });
  // Nobody is set aside because the place that knows is away: that is tried for most of a day.
  const verify = step('verify', { timeout: VERIFY_TIMEOUT, ...again, retries: VERIFY_RETRIES });
  // Whatever it finds afterwards is cleaned again at the next attempt.
  const clean = step('clean', { timeout, ...again }, { proves: true });
  const prove = step('prove', { timeout, ...again });
  const rotate = step('rotate', { timeout, ...again, if: `labels.${ROTATION} == "automatic"` });
  return [
    { name: ENTER, steps: [verify, clean, prove] },
    { name: CLEAN, steps: [...(isRotating(care, keeper) ? [rotate] : []), clean] },
    { name: PROVE, steps: [prove] },
  ];
}

function approvalOf({ name, approvalMs }: AcctpoolConfiguration['types'][number]): Json[] {
  if (approvalMs === null) return [];
  const message = `An account of type ${name} is asked for.`;
  const step = { name: 'approve', uses: 'approval', with: { message }, timeout: formatDuration(approvalMs) };
  return [{ name: approvalName(name), steps: [step] }];
}

function approvalName(type: string): string {
  return `${APPROVE}-${type}`;
}

/** Asked of accounts that are free or lent. One whose credential is no good any more is set aside; one nobody can tell of stays as it is. */
function verifyProbe({ verifyEveryMs }: ConfiguredCare): JsonObject {
  return {
    name: 'verify',
    provider: { action: 'verify' },
    every: formatDuration(verifyEveryMs),
    timeout: PROBE_TIMEOUT,
    failures: 1,
    // oxlint-disable-next-line unicorn/no-thenable -- the word of the configuration; nobody awaits it
    then: 'quarantine',
  };
}

/** What is said of an account, beside its name and credentials. */
export function accountTraits(
  { params, isKey }: ConfiguredAccount,
  care: ConfiguredCare,
  keeper: AccountKeeper,
): { readonly labels: Readonly<Record<string, string>>; readonly params: JsonObject } {
  return { labels: { [ROTATION]: isKey && isRotating(care, keeper) ? 'automatic' : 'manual' }, params };
}

function resourceOf(account: ConfiguredAccount, care: ConfiguredCare, keeper: AccountKeeper): Json {
  const { name, current, management } = account;
  return {
    name,
    ...accountTraits(account, care, keeper),
    credentials: {
      current: { ...current },
      ...(management === null ? {} : { management: { ...management } }),
    },
  };
}
