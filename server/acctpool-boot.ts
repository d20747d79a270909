import { canonicalJson, ID_PREFIX, Refusal } from '@poolkeeper/core';
import type { GivenCredentials, Json, JsonObject, Resource, World } from '@poolkeeper/core';
import type { AccountCleaner } from './config/acctpool-settings.ts';
import type { Configurator } from './configurator.ts';
import type {
  AcctpoolConfiguration,
  ConfiguredAccount,
  ConfiguredCredential,
} from './dialects/acctpool/configuration/configuration.ts';
import { accountTraits, nativeDocument } from './dialects/acctpool/native-document.ts';
import type { AccountKeeper } from './dialects/acctpool/native-document.ts';
import { POOL_PREFIX, poolOf } from './dialects/acctpool/parts.ts';
import type { Keeper } from './keeper/contract.ts';
import type { Logger } from './logger.ts';
import type { ConfigurationInput } from './schemas/configuration.ts';
import { configurationSpecOf } from './schemas/configuration-spec.ts';

/** A drop-in that cannot start as it was told to. */
export class AcctpoolStartError extends Error {
  override readonly name = 'AcctpoolStartError';
  readonly advice: string;

  constructor(message: string, options: { advice: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.advice = options.advice;
  }
}

export type AcctpoolBootParts = {
  readonly keeper: Pick<Keeper, 'ask' | 'read'>;
  readonly configurator: Pick<Configurator, 'apply'>;
  readonly configuration: AcctpoolConfiguration;
  readonly cleaner: AccountCleaner;
  readonly newId: (prefix: string) => string;
  /** Closes a credential for one account. */
  readonly seal: (resource: string, part: 'current' | 'management', values: ConfiguredCredential) => string;
  /** A text that stands for another, which nobody without the server's key can tell it by. */
  readonly digest: (text: string) => string;
  readonly logger: Logger;
};

/** Says which credential of the file an account has, so that the same file changes nothing after its key was replaced. */
const CREDENTIAL_LABEL = 'acctpool-credential';
/** Accounts that are registered at the same time: one commit takes many. */
const AT_ONCE = 64;

/** The configuration of Poolkeeper that does what the file of an acctpool says. It holds credentials in the clear. */
export function acctpoolDocument(
  configuration: AcctpoolConfiguration,
  cleaner: AccountCleaner,
): Record<string, Json> {
  return nativeDocument(configuration, accountKeeperOf(cleaner, configuration.care));
}

/** What looks after accounts, by what the command line says. */
function accountKeeperOf(
  cleaner: AccountCleaner,
  { options, environment }: Pick<AcctpoolConfiguration['care'], 'options' | 'environment'>,
): AccountKeeper {
  switch (cleaner.kind) {
    case 'exec': {
      const { program } = cleaner;
      const entry = {
        driver: 'exec',
        command: [program],
        accounts: true,
        makes: false,
        ...(environment.length === 0 ? {} : { environment: [...environment] }),
      };
      return { entry, cleans: true, rotates: true };
    }
    case 'ibm':
      return { entry: { ...options, driver: 'ibm-account' }, cleans: true, rotates: true };
    case 'none':
      return { entry: { driver: 'static' }, cleans: false, rotates: false };
  }
}

/**
 * Makes the world as the file of an acctpool says. Reservations, their order and the state of accounts are as they were; accounts that
 * the file no longer names go when their holder is done with them.
 *
 * Errors: `AcctpoolStartError` where what is remembered and what is wanted do not go together.
 */
export async function bootAcctpool(parts: AcctpoolBootParts): Promise<void> {
  const { keeper, configuration } = parts;
  const wanted = new Map(configuration.accounts.map(({ name, type }) => [name, poolOf(type)]));
  const elsewhere = await keeper.read((world) =>
    accountsOf(world).filter(({ name, pool }) => wanted.has(name) && wanted.get(name) !== pool),
  );
  await apply(parts);
  // One account must never be two resources, so what is to be of another type is moved, not made anew.
  const staying = new Set<string>();
  for (const { id, name } of elsewhere)
    if (!(await move(parts, { id, name, pool: wanted.get(name) ?? '' }))) staying.add(name);
  const here = configuration.accounts.filter(({ name }) => !staying.has(name));
  for (let from = 0; from < here.length; from += AT_ONCE)
    await Promise.all(here.slice(from, from + AT_ONCE).map((account) => putAccount(parts, account)));
  await retireOthers(parts, new Set(wanted.keys()));
}

/** Pools and what is done with their accounts. Accounts are registered apart, since their credentials are sealed for each. */
async function apply({ configurator, configuration, cleaner }: AcctpoolBootParts): Promise<void> {
  const document: Json = acctpoolDocument({ ...configuration, accounts: [] }, cleaner);
  try {
    const spec = configurationSpecOf(document as unknown as ConfigurationInput);
    await configurator.apply({ ...spec, isPruning: false, agreed: null });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const faults = error.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
    throw new AcctpoolStartError(
      `What is wanted was not taken: ${error.message}${faults.length > 0 ? `\n${faults.join('\n')}` : ''}`,
      {
        advice:
          'Correct it; docs/acctpool.md says what the file may hold. Another --cleaner needs a --data directory of its own.',
        cause: error,
      },
    );
  }
}

/** Registers an account with its credentials, or brings what is known of it to what the file says. */
async function putAccount(parts: AcctpoolBootParts, account: ConfiguredAccount): Promise<void> {
  const { keeper, configuration, cleaner, digest, newId } = parts;
  const { name, type, current, management } = account;
  const traits = accountTraits(account, configuration.care, accountKeeperOf(cleaner, configuration.care));
  const said = digest(canonicalJson({ name, current, management } as unknown as Json));
  const labels = { ...traits.labels, [CREDENTIAL_LABEL]: said };
  const pool = poolOf(type);
  const known = await keeper.read(({ pools, resources }) => {
    return resources.get(pools.get(pool)?.idByName.get(name) ?? '');
  });
  if (known === undefined) {
    const id = newId(ID_PREFIX.resource);
    const credentials = sealFor(parts, id, account);
    const given = { type: 'registerResource', pool, name, id, credentials, by: 'acctpool' } as const;
    await keeper.ask({ ...given, labels, params: traits.params });
    return;
  }
  if (known.labels[CREDENTIAL_LABEL] !== said) {
    const sealed = { management: null, ...sealFor(parts, known.id, account) };
    await keeper.ask({ type: 'putCredential', resource: known.id, sealed, by: 'acctpool' });
  }
  const isSame = canonicalJson({ labels, params: traits.params }) === canonicalJson(traitsOf(known));
  if (!isSame) await keeper.ask({ type: 'changeTraits', resource: known.id, labels, params: traits.params });
}

function traitsOf({ labels, params }: Resource): JsonObject {
  return { labels, params };
}

function sealFor({ seal }: AcctpoolBootParts, id: string, account: ConfiguredAccount): GivenCredentials {
  const { current, management } = account;
  return {
    current: seal(id, 'current', current),
    // Without one of its own, an account is cleaned with what its holder is shown.
    ...(management === null ? {} : { management: seal(id, 'management', management) }),
  };
}

async function move(
  { keeper, logger }: AcctpoolBootParts,
  { id, name, pool }: { id: string; name: string; pool: string },
): Promise<boolean> {
  try {
    await keeper.ask({ type: 'moveResource', resource: id, pool });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    logger.warn(
      { account: name, why: error.message },
      'AN ACCOUNT KEEPS ITS TYPE for now: it is reserved or being cleaned. The next start gives it the type of the file.',
    );
    return false;
  }
}

async function retireOthers(
  { keeper, logger }: AcctpoolBootParts,
  wanted: ReadonlySet<string>,
): Promise<void> {
  const others = await keeper.read((world) =>
    accountsOf(world).filter(({ name, status, fate }) => {
      return !wanted.has(name) && status !== 'exiting' && fate !== 'retire';
    }),
  );
  for (const { id, name } of others) {
    const reason = 'the configuration file does not name it any more';
    await keeper.ask({ type: 'actOnResource', resource: id, action: 'retire', reason, by: 'acctpool' });
    logger.info({ account: name }, 'an account goes: the configuration file does not name it any more');
  }
}

function accountsOf(world: World): Resource[] {
  return [...world.resources.values()].filter(({ pool }) => pool.startsWith(POOL_PREFIX));
}
