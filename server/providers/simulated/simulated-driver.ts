import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { unknownOptions } from '../driver.ts';
import type { DriverDefinition, OpenInput } from '../driver.ts';
import { instanceOf } from '../instance.ts';
import { CloudClient } from './cloud-client.ts';
import { SimulatedProvider } from './simulated-provider.ts';

/** What a tag of the cloud takes. */
const CLOUD_POOL_LENGTH_MAX = 256;
const URL_MEANING = 'The address of a cloud simulator is needed, such as "http://127.0.0.1:9100".';

/**
 * Machines of a simulated cloud, a process of its own (`poolkeeper cloud-simulator`), over HTTP.
 *
 * Each machine bears the mark of this provider and data directory (`<data>/simulated/<provider>/instance`) from its making on,
 * so several servers and providers share a cloud without seeing each other's machines.
 *
 * Options: `url`, the address of the cloud; `cloudPool`, the name of a cloud pool whose machines these are instead: whoever keeps that
 * pool, with whatever data directory, has them.
 */
export const simulatedDriver: DriverDefinition = { driver: 'simulated', checkOptions, open };

function checkOptions(options: JsonObject): readonly InputFault[] {
  const faults = unknownOptions(options, ['url', 'cloudPool']);
  const { url, cloudPool } = options;
  const problem = problemOfUrl(url);
  if (problem !== null) faults.push({ pointer: '/url', message: problem });
  if (cloudPool !== undefined && !isCloudPool(cloudPool))
    faults.push({
      pointer: '/cloudPool',
      message: `A text of 1 to ${CLOUD_POOL_LENGTH_MAX} characters is needed.`,
    });
  return faults;
}

function isCloudPool(value: Json): value is string {
  return typeof value === 'string' && value !== '' && value.length <= CLOUD_POOL_LENGTH_MAX;
}

function problemOfUrl(value: Json | undefined): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return URL_MEANING;
  const { protocol, username, password, search, hash } = new URL(value);
  if (protocol !== 'http:' && protocol !== 'https:') return URL_MEANING;
  const isPlain = username === '' && password === '' && search === '' && hash === '';
  return isPlain ? null : `${URL_MEANING} It has no user, no "?" and no "#".`;
}

async function open({ name, options, context }: OpenInput): Promise<SimulatedProvider> {
  const { timers, logger } = context;
  const world = await instanceOf('simulated', name, context);
  const { url, cloudPool = null } = options;
  const client = new CloudClient({ url: typeof url === 'string' ? url : '', timers });
  return new SimulatedProvider({
    name,
    world,
    cloudPool: typeof cloudPool === 'string' ? cloudPool : null,
    client,
    logger,
  });
}
