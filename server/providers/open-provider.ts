import { Refusal, isSecretOption, maskValues } from '@poolkeeper/core';
import type { InputFault, JsonObject } from '@poolkeeper/core';
import type { Provider } from './contract.ts';
import type { DriverDefinition, ProviderContext } from './driver.ts';
import { ec2Driver } from './ec2/ec2-driver.ts';
import { execDriver } from './exec/exec-driver.ts';
import { ibmAccountDriver } from './ibm-account/ibm-account-driver.ts';
import { openstackDriver } from './openstack/openstack-driver.ts';
import { processDriver } from './process/process-driver.ts';
import { openSecretOptions } from './secret-options.ts';
import { simulatedDriver } from './simulated/simulated-driver.ts';
import { staticDriver } from './static/static-driver.ts';

/** Every driver that there is. */
const DRIVERS: ReadonlyMap<string, DriverDefinition> = new Map(
  [
    staticDriver,
    processDriver,
    execDriver,
    simulatedDriver,
    ec2Driver,
    openstackDriver,
    ibmAccountDriver,
  ].map((definition) => [definition.driver, definition]),
);

export const DRIVER_NAMES: readonly string[] = [...DRIVERS.keys()];

/** A provider of the configuration: its name, its driver, its limits, and the driver's options beside them. */
export type ConfiguredProvider = { readonly name: string; readonly driver: string } & JsonObject;

/** Does what this driver makes end with the server? */
export function stopsWithServer({ name: _name, driver, ...options }: ConfiguredProvider): boolean {
  return DRIVERS.get(driver)?.stopsWithServer?.(options) === true;
}

/** Does a provider of this driver look after accounts? */
export function keepsAccounts({ name: _name, driver, ...options }: ConfiguredProvider): boolean {
  return DRIVERS.get(driver)?.keepsAccounts?.(options) === true;
}

/** The name becomes a folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * What is wrong with a provider of the configuration: pointers relative to the entry. Nothing is opened. Its limits are
 * no driver's concern, so they are not looked at.
 *
 * Errors: none; nothing wrong is an empty list.
 */
export function checkProvider(entry: JsonObject): readonly InputFault[] {
  const { name, driver, limits: _limits, ...options } = entry;
  const faults: InputFault[] = [];
  if (typeof name !== 'string' || !NAME.test(name)) {
    faults.push({
      pointer: '/name',
      message:
        'A name of 1 to 63 letters, digits, ".", "_" and "-" is needed, beginning with a letter or digit.',
    });
  }
  const definition = typeof driver === 'string' ? DRIVERS.get(driver) : undefined;
  if (definition !== undefined) {
    // What a secret holds is looked at when it is opened.
    const isSecret = ({ pointer }: InputFault): boolean =>
      isSecretOption(options[pointer.split('/')[1] ?? '']);
    return [...faults, ...definition.checkOptions(options).filter((fault) => !isSecret(fault))];
  }
  const found = driver === undefined ? 'A driver is needed' : `There is no driver ${JSON.stringify(driver)}`;
  return [...faults, { pointer: '/driver', message: `${found}. Allowed: ${DRIVER_NAMES.join(', ')}.` }];
}

/**
 * Opens a provider of the configuration. It takes up again what an earlier one with the same name and data directory made.
 *
 * Errors: `Refusal` with what `checkProvider` finds; `Error` that says which secret of an option cannot be opened; what the driver throws when
 * its place cannot be used. Nothing of a secret is in any of them.
 */
export async function openProvider(entry: ConfiguredProvider, context: ProviderContext): Promise<Provider> {
  const { name, driver, ...named } = entry;
  const { options, values } = await openSecretOptions(named, context.openSecret);
  if (values.length === 0) return openDriver({ ...options, name, driver }, context);
  try {
    return await openDriver({ ...options, name, driver }, context);
  } catch (error) {
    const secrets = Object.fromEntries(values.map((value, index) => [`secret ${index + 1}`, value]));
    // The error itself may hold what the message repeats, so it is no cause.
    throw new Error(maskValues((error as Error).message, secrets));
  }
}

async function openDriver(entry: ConfiguredProvider, context: ProviderContext): Promise<Provider> {
  const faults = checkProvider(entry);
  const { name, driver, limits: _limits, ...options } = entry;
  const definition = DRIVERS.get(driver);
  if (faults.length > 0 || definition === undefined) {
    const list = faults.map(({ pointer, message }) => `${pointer}: ${message}`).join(' ');
    const message = `Provider ${JSON.stringify(name)} cannot be opened. ${list}`;
    throw new Refusal('invalid_input', message, { faults });
  }
  return definition.open({ name, options, context });
}
