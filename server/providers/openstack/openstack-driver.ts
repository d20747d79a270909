import type { InputFault, JsonObject } from '@poolkeeper/core';
import { unknownOptions } from '../driver.ts';
import type { DriverDefinition, OpenInput } from '../driver.ts';
import { instanceOf } from '../instance.ts';
import { Cloud } from './cloud.ts';
import { FloatingAddresses } from './floating-addresses.ts';
import { INTERFACES } from './login.ts';
import type { Interface } from './login.ts';
import { Lookups } from './lookups.ts';
import { Nova } from './nova.ts';
import { OpenStackProvider } from './openstack-provider.ts';
import { descriptionOfMark } from './server-request.ts';
import type { Mark } from './server-request.ts';
import { isObject, readSettings } from './settings.ts';

/** Who the cloud says that it is: it changes what people read, and nothing else. */
const CLOUDS = ['OpenStack', 'CityCloud'];
/** Nova takes no longer metadata. */
const CLOUD_POOL_LENGTH_MAX = 255;

/**
 * Servers of an OpenStack cloud, over HTTP: Keystone v3 (and v2), Nova v2.1, Glance, and Neutron for networks and floating addresses.
 *
 * Each server bears the mark of its provider, `elastisys:cloudPool` in its metadata, from its making on: with the option `cloudPool`
 * that name, which other tools know too, else a mark of this provider and data directory (`<data>/openstack/<provider>/instance`).
 *
 * Options: `settings`, how the cloud is reached, which may stand in a secret; `cloudPool`; `cloud`; `interface`.
 */
export const openstackDriver: DriverDefinition = { driver: 'openstack', checkOptions, open };

function checkOptions(options: JsonObject): readonly InputFault[] {
  const faults = unknownOptions(options, ['settings', 'cloudPool', 'cloud', 'interface']);
  const { settings, cloudPool, cloud = CLOUDS[0], interface: wanted = INTERFACES[0] } = options;
  if (!isObject(settings)) {
    faults.push({
      pointer: '/settings',
      message:
        'An object with auth and region is needed, or { secret: NAME } for one that stands in a secret.',
    });
  } else if (!isReference(settings)) {
    const checked = readSettings(settings);
    if ('faults' in checked) {
      const inSettings = checked.faults.map(({ pointer, message }) => ({
        pointer: `/settings${pointer}`,
        message,
      }));
      faults.push(...inSettings);
    }
  }
  const isName =
    typeof cloudPool === 'string' && cloudPool !== '' && cloudPool.length <= CLOUD_POOL_LENGTH_MAX;
  if (cloudPool !== undefined && !isName) {
    const message = `A text of 1 to ${CLOUD_POOL_LENGTH_MAX} characters is needed.`;
    faults.push({ pointer: '/cloudPool', message });
  }
  if (!CLOUDS.some((known) => known === cloud)) {
    faults.push({ pointer: '/cloud', message: `One of ${CLOUDS.join(', ')} is needed.` });
  }
  if (!INTERFACES.some((known) => known === wanted)) {
    faults.push({ pointer: '/interface', message: `One of ${INTERFACES.join(', ')} is needed.` });
  }
  return faults;
}

/** Errors: `Error` when the settings stand in a secret that nobody opened, or are wrong in there; those of the file system. */
async function open({ name, options, context }: OpenInput): Promise<OpenStackProvider> {
  const { clock, timers, logger } = context;
  const given = isObject(options['settings']) ? options['settings'] : {};
  const checked = readSettings(given);
  if ('faults' in checked) {
    const list = checked.faults.map(({ pointer, message }) => `settings${pointer}: ${message}`);
    throw new Error(`Provider ${JSON.stringify(name)} cannot be opened. ${list.join(' ')}`);
  }
  const { settings } = checked;
  const { cloudPool, cloud: cloudName = CLOUDS[0], interface: wanted = INTERFACES[0] } = options;
  const mark =
    typeof cloudPool === 'string' ? { value: cloudPool, isShared: true } : await markOfWorld(name, context);
  const closing = new AbortController();
  const wire = {
    clock,
    timers,
    logger,
    answerMsMax: settings.connectionMsMax + settings.socketMsMax,
    logHttpRequests: settings.logHttpRequests,
  };
  const cloud = new Cloud({ wire, settings, interface: wanted as Interface, closing: closing.signal });
  const lookups = new Lookups(cloud, clock);
  return new OpenStackProvider({
    name,
    mark,
    place: { cloud: cloudName as string, region: settings.region },
    nova: new Nova(cloud),
    lookups,
    floating: new FloatingAddresses({ cloud, lookups, timers, mark: descriptionOfMark(mark) }),
    clock,
    logger,
    closing,
  });
}

async function markOfWorld(name: string, context: OpenInput['context']): Promise<Mark> {
  return { value: `poolkeeper-${await instanceOf('openstack', name, context)}`, isShared: false };
}

/** `{ secret, member? }` stands for what the secret holds, which is put in its place before a provider is opened. */
function isReference(settings: JsonObject): boolean {
  return typeof settings['secret'] === 'string';
}
