import { Refusal, poolOfUpkeep, secretOfUpkeep } from '@poolkeeper/core';
import type { Json, JsonObject, Upkeep } from '@poolkeeper/core';
import type { CloudDriver } from './cloud-driver.ts';
import { CloudPoolError } from './errors.ts';
import { reasonOfFault } from './reason-of-fault.ts';
import { requireInstance } from './instance.ts';
import type { CloudPoolsParts, ParsedConfiguration, TryOut } from './parts.ts';

/** What members of pools are, where a configuration made the pool. */
const KIND = 'machine';

/**
 * Gives an instance a configuration, in one decision: everything is checked before, and its cloud is asked once, so that what cannot
 * work changes nothing.
 *
 * Errors: `unknown_instance`, `invalid`, `cloud`.
 */
export async function configure(parts: CloudPoolsParts, name: string, body: Json): Promise<Upkeep> {
  const { keeper, seal } = parts;
  const secret = secretOfUpkeep(name);
  const version = await keeper.read((world) => {
    requireConfigurable(requireInstance(world, name).kind, name);
    return world.secrets.get(secret)?.version ?? 0;
  });
  const { configuration, driver } = parse(parts, body);
  const abilities = await tryOut({ driver, open: parts.tryOut }, name, configuration);
  // Another number is another place: the provider is opened anew with what the secret says then.
  const settings: JsonObject = { secret, member: 'cloudApiSettings', revision: version + 1 };
  return keeper.ask({
    type: 'configureUpkeep',
    name,
    sealed: seal.seal(secret, JSON.stringify(configuration.echo)),
    provider: {
      name: poolOfUpkeep(name),
      driver: driver.driver,
      makes: abilities.makes,
      ...(abilities.attaches === true ? { attaches: true } : {}),
      options: driver.providerOptions(configuration, settings),
    },
    kind: KIND,
    template: driver.template(configuration),
    victims: configuration.victims,
    rounds: configuration.rounds,
  });
}

/** The configuration that an instance has; undefined where it has none. Errors: `internal` when it cannot be opened. */
export async function storedConfiguration(
  { keeper, seal }: Pick<CloudPoolsParts, 'keeper' | 'seal'>,
  name: string,
): Promise<JsonObject | undefined> {
  const secret = secretOfUpkeep(name);
  const sealed = await keeper.read((world) => world.secrets.get(secret)?.sealed);
  if (sealed === undefined) return undefined;
  try {
    return JSON.parse(seal.open(secret, sealed)) as JsonObject;
  } catch (error) {
    // Of a text that is no JSON the message would quote what is in it.
    const why = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
    throw new CloudPoolError('internal', `the stored configuration cannot be read: ${why}`, { cause: error });
  }
}

function requireConfigurable(kind: 'upkeep' | 'native', name: string): void {
  if (kind === 'upkeep') return;
  throw new CloudPoolError(
    'invalid',
    `pool "${name}" was made natively, so it has no configuration of this kind; change it with "poolkeeper pool set ${name}" or a ` +
      'configuration file',
  );
}

type Parsed = { readonly configuration: ParsedConfiguration; readonly driver: CloudDriver };

function parse(parts: CloudPoolsParts, body: Json): Parsed {
  let configuration: ParsedConfiguration;
  try {
    configuration = parts.parseConfiguration(body);
  } catch (error) {
    if ((error as Error).name !== 'ConfigurationFault') throw error;
    throw new CloudPoolError('invalid', (error as Error).message, { cause: error });
  }
  const driver = parts.chooseDriver?.(configuration) ?? parts.driver;
  const faults = driver.check(configuration);
  if (faults.length === 0) return { configuration, driver };
  throw invalid(faults);
}

function invalid(faults: readonly string[], cause?: unknown): CloudPoolError {
  return new CloudPoolError('invalid', `failed to validate cloudpool configuration: ${faults.join('; ')}`, {
    cause,
  });
}

async function tryOut(
  { driver, open }: { readonly driver: CloudDriver; readonly open: TryOut },
  name: string,
  configuration: ParsedConfiguration,
): Promise<{ readonly makes: boolean; readonly attaches?: true }> {
  const options = driver.providerOptions(configuration, configuration.cloudApiSettings);
  try {
    const entry = { ...options, name: poolOfUpkeep(name), driver: driver.driver };
    return await open(entry, driver.template(configuration));
  } catch (error) {
    if (error instanceof Refusal && error.code === 'invalid_input' && error.faults.length > 0) {
      throw invalid(error.faults.map(reasonOfFault), error);
    }
    throw new CloudPoolError(
      'cloud',
      `the cloud did not take the configuration: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
