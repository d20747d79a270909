import type { Chance } from '../chance.ts';
import type { Cloud } from './cloud.ts';
import { isAllocated } from './pool-client.ts';
import type { Machine, PoolClient } from './pool-client.ts';

/** What a pool may be sized to. */
const SIZE_MAX = 12;
const SERVICE_STATES = ['BOOTING', 'IN_SERVICE', 'UNHEALTHY', 'OUT_OF_SERVICE', 'UNKNOWN'];

/** How often a client does each thing. */
const CLIENT_MOVES = {
  size: 30,
  look: 20,
  terminate: 12,
  detach: 4,
  attach: 4,
  membership: 10,
  service: 6,
  stop: 3,
  start: 8,
  configure: 3,
  refused: 4,
} as const;

/** How often each thing happens to the cloud. */
const CLOUD_MOVES = {
  vanish: 20,
  end: 10,
  spawn: 6,
  down: 4,
  failStart: 6,
  failTerminate: 4,
  quota: 4,
  throttle: 4,
  calm: 30,
} as const;

export type MoveParts = {
  readonly chance: Chance;
  readonly cloud: Cloud;
  readonly configuration: (pool: string) => object;
};

/** Answers that the API may give to a well-formed request of a client, whatever state things are in; 0: it was cut off. */
const KNOWN = [0, 200, 400, 404, 502];

/**
 * Does one thing that a client may do. Answers what is wrong about its answer, or null.
 *
 * Whether the answer is the right one for the state of the pool is not asked here: several clients and the cloud change it at once.
 */
export async function moveClient(
  pool: PoolClient,
  { chance, cloud, configuration }: MoveParts,
): Promise<string | null> {
  const move = chance.weigh(CLIENT_MOVES);
  const machine = async (): Promise<Machine | undefined> => chance.find((await pool.machines()) ?? []);
  const post = async (path: string, body?: object): Promise<string | null> => {
    const { status } = await pool.call('POST', path, body);
    return KNOWN.includes(status) ? null : `POST ${path} of ${pool.name} was answered with ${status}`;
  };
  switch (move) {
    case 'size':
      return post('/pool/size', { desiredSize: chance.int(0, SIZE_MAX) });
    case 'look':
      return twice(await pool.machines(), pool.name);
    case 'terminate':
    case 'detach': {
      const found = await machine();
      if (found === undefined) return null;
      return post(`/pool/${move}`, { machineId: found.id, decrementDesiredSize: chance.is(0.5) });
    }
    case 'attach': {
      const { id } = (await cloud.control('spawn')) as { id?: string };
      return id === undefined ? null : post('/pool/attach', { machineId: id });
    }
    case 'membership': {
      const found = await machine();
      if (found === undefined) return null;
      // Blessed and quarantined machines are rare, or nothing could shrink any more.
      const membershipStatus = { active: chance.is(0.7), evictable: chance.is(0.8) };
      return post('/pool/membershipStatus', { machineId: found.id, membershipStatus });
    }
    case 'service': {
      const found = await machine();
      if (found === undefined) return null;
      return post('/pool/serviceState', { machineId: found.id, serviceState: chance.pick(SERVICE_STATES) });
    }
    case 'stop':
    case 'start':
      return post(`/${move}`);
    case 'configure':
      return post('/config', configuration(pool.name));
    case 'refused': {
      const { status } = await pool.call('POST', '/pool/size', { desiredSize: -1 });
      return [0, 400].includes(status) ? null : `a negative size was answered with ${status}`;
    }
  }
}

/** Something happens to the cloud. Machines that vanish or end are any of those that are there. */
export async function moveCloud({ chance, cloud }: MoveParts): Promise<void> {
  const move = chance.weigh(CLOUD_MOVES);
  switch (move) {
    case 'vanish':
    case 'end': {
      const found = chance.find(await cloud.alive().catch(() => []));
      if (found === undefined) return;
      await cloud.control(
        move === 'vanish' ? `vanish?id=${found.id}` : `setState?id=${found.id}&state=TERMINATED`,
      );
      return;
    }
    case 'spawn':
    case 'down':
      await cloud.control(move);
      return;
    case 'failStart':
    case 'failTerminate':
      await cloud.control(`${move}?on=true`);
      return;
    case 'quota':
      await cloud.control(`quota?max=${chance.int(0, SIZE_MAX * 2)}`);
      return;
    case 'throttle':
      await cloud.control(`throttle?perSecond=${chance.int(5, 40)}`);
      return;
    case 'calm':
      return calm(cloud);
  }
}

/** Everything that was done to the cloud to make it difficult is over. */
export async function calm(cloud: Cloud): Promise<void> {
  for (const what of ['up', 'failStart?on=false', 'failTerminate?on=false', 'quota', 'throttle'])
    await cloud.control(what);
}

/** A machine that is in one list twice. */
export function twice(machines: readonly Machine[] | undefined, pool: string): string | null {
  const ids = (machines ?? []).filter(isAllocated).map(({ id }) => id);
  const seen = ids.find((id, index) => ids.indexOf(id) < index);
  return seen === undefined ? null : `machine ${seen} is twice in the list of ${pool}`;
}
