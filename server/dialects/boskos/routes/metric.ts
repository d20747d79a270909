import type { Endpoint } from '../endpoint.ts';
import { BoskosError, notAvailable } from '../errors.ts';
import { goMap, goText } from '../go-json.ts';
import { countType } from '../type-counts.ts';

/** `GET /metric`: how many resources of a type are in each state, and have each owner. */
export const metric: Endpoint = {
  path: '/metric',
  method: 'GET',
  isReading: true,
  refuseMethod: () => '/metric only accepts GET',
  prefix: () => '',
  run: async ({ keeper, query, types, caller }) => {
    const type = query('type');
    if (type === '') throw new BoskosError(400, 'Type must be set in the request.');
    const pool = await types.find(type, caller);
    if (pool === undefined) throw notAvailable('', type);
    const counts = await keeper.read((world) => {
      const state = world.pools.get(pool);
      return state === undefined ? undefined : countType(world, state);
    });
    if (counts === undefined || counts.states.size === 0) throw notAvailable('', type);
    const { states, owners } = counts;
    return { body: `{"type":${goText(type)},"current":${goMap(states)},"owner":${goMap(owners)}}` };
  },
};
