import { onlyAccepts } from '../endpoint.ts';
import type { Endpoint, Exchange } from '../endpoint.ts';
import { BoskosError, notAvailable } from '../errors.ts';
import { resourceJson, seeResource } from '../resource-view.ts';

const PREFIX = 'AcquireByState: ';

/**
 * `POST /acquirebystate`: takes members by name, over all types.
 *
 * Shape: where one of them cannot be had the others are taken all the same, and nobody is told: masons rely on it. `atomic=true` takes
 * all or none.
 */
export const acquireByState: Endpoint = {
  path: '/acquirebystate',
  method: 'POST',
  isReading: false,
  // The original says so too.
  refuseMethod: onlyAccepts('/acquire'),
  prefix: () => PREFIX,
  run: async (exchange) => {
    const { keeper, query } = exchange;
    const [stage, dest, holder, names] = [query('state'), query('dest'), query('owner'), query('names')];
    if (stage === '' || dest === '' || holder === '' || names === '')
      throw new BoskosError(
        400,
        `state: ${stage}, dest: ${dest}, owner: ${holder}, names: ${names} - all of them must be set in the request.`,
      );
    const wanted = [...new Set(names.split(','))];
    const seen = await mayTake(exchange, wanted);
    const isAtomic = query('atomic') === 'true';
    if (seen.length < wanted.length && (isAtomic || seen.length === 0)) throw notAvailable(PREFIX, stage);
    const command = { type: 'takeNamed', names: seen, stage, dest, holder, isAtomic } as const;
    const { missing, taken } = await keeper.ask(command, ({ missing: left, taken: all }, world) => ({
      missing: left,
      taken: all.map((resource) => seeResource(world, world.resources.get(resource.id) ?? resource)),
    }));
    if (missing.length > 0 || seen.length < wanted.length) throw notAvailable(PREFIX, stage);
    const shown = taken.map((one) => (one === undefined ? 'null' : resourceJson(one)));
    return { body: `[${shown.join(',')}]\n` };
  },
};

/** What the caller may not see is not there for it. */
async function mayTake({ keeper, caller }: Exchange, names: readonly string[]): Promise<readonly string[]> {
  const { pools } = caller;
  if (pools === null) return names;
  return keeper.read(({ stagedByName, resources }) =>
    names.filter((name) => pools.includes(resources.get(stagedByName.get(name) ?? '')?.pool ?? '')),
  );
}
