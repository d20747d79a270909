import { Refusal } from '@poolkeeper/core';
import type { Json, Resource, World } from '@poolkeeper/core';
import type { AccountCleaner } from './config/acctpool-settings.ts';
import type { Configurator } from './configurator.ts';
import type { AcctpoolConfiguration } from './dialects/acctpool/configuration/configuration.ts';
import { nativeDocument } from './dialects/acctpool/native-document.ts';
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
  readonly logger: Logger;
};

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
  // One account must never be two resources, so what is to be of another type is moved, not made anew.
  await apply(parts, new Set(elsewhere.map(({ name }) => name)));
  const staying = new Set<string>();
  for (const { id, name } of elsewhere)
    if (!(await move(parts, { id, name, pool: wanted.get(name) ?? '' }))) staying.add(name);
  if (elsewhere.length > 0) await apply(parts, staying);
  await retireOthers(parts, new Set(wanted.keys()));
}

async function apply(
  { configurator, configuration, cleaner }: AcctpoolBootParts,
  without: ReadonlySet<string>,
): Promise<void> {
  const accounts = configuration.accounts.filter(({ name }) => !without.has(name));
  const document: Json = acctpoolDocument({ ...configuration, accounts }, cleaner);
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
