import { isSecretOption } from '@poolkeeper/core';
import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { unknownOptions } from '../driver.ts';
import type { DriverDefinition, OpenInput } from '../driver.ts';
import { instanceOf } from '../instance.ts';
import { Ec2Calls } from './ec2-calls.ts';
import { Ec2Provider } from './ec2-provider.ts';
import { readSettings } from './settings.ts';

/** As long as the value of a tag. */
const MARK_LENGTH_MAX = 256;

/**
 * Machines of AWS EC2, on demand or spot. Each bears the mark of its provider, the tag `elastisys:cloudPool`, from its making on, and
 * membership and service state stand beside it.
 *
 * Options:
 * - `settings`: `{awsAccessKeyId, awsSecretAccessKey, region, connectionTimeout?, socketTimeout?, endpoint?}`, or `{"secret": "NAME"}`,
 *   a secret that holds such an object; timeouts are milliseconds.
 * - `cloudPool`: the value of the mark. Without it, a mark of this provider and data directory (`<data>/ec2/<provider>/instance`).
 */
export const ec2Driver: DriverDefinition = { driver: 'ec2', checkOptions, open };

function checkOptions(options: JsonObject): readonly InputFault[] {
  const { settings, cloudPool } = options;
  const faults = unknownOptions(options, ['settings', 'cloudPool']);
  if (!isSecretOption(settings)) {
    const checked = readSettings(settings);
    const found = 'faults' in checked ? checked.faults : [];
    faults.push(...found.map(({ pointer, message }) => ({ pointer: `/settings${pointer}`, message })));
  }
  if (cloudPool !== undefined && !isMark(cloudPool)) {
    faults.push({
      pointer: '/cloudPool',
      message: `A text of 1 to ${MARK_LENGTH_MAX} characters is needed.`,
    });
  }
  return faults;
}

function isMark(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MARK_LENGTH_MAX;
}

/** Errors: `Error` with what is wrong about settings that were opened from a secret, never with what they hold. */
async function open({ name, options, context }: OpenInput): Promise<Ec2Provider> {
  const checked = readSettings(options['settings']);
  if ('faults' in checked) {
    const list = checked.faults.map(({ pointer, message }) => `settings${pointer}: ${message}`);
    throw new Error(`Provider ${JSON.stringify(name)} cannot be opened. ${list.join(' ')}`);
  }
  const { cloudPool } = options;
  const isShared = isMark(cloudPool);
  const mark = isShared ? cloudPool : await markOf(name, context);
  const calls = await Ec2Calls.open(checked.settings);
  return new Ec2Provider({ name, mark, isShared, calls, clock: context.clock, logger: context.logger });
}

async function markOf(name: string, context: OpenInput['context']): Promise<string> {
  return `poolkeeper-${await instanceOf('ec2', name, context)}`;
}
