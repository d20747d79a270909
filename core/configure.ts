import { Refusal } from './errors.ts';
import type { PoolSpec } from './model/pool.ts';
import { putPool } from './pool/put-pool.ts';
import { changeTraits, registerResource } from './resource/register-resource.ts';
import type { ResourceTraits } from './resource/register-resource.ts';
import { canonicalJson } from './json.ts';
import type { Json } from './json.ts';
import type { Transaction } from './world/transaction.ts';

/** A pool of a configuration file with the resources that the file registers in it. */
export type ConfiguredPool = {
  readonly spec: Partial<PoolSpec> & { readonly name: string };
  readonly resources: readonly (ResourceTraits & { readonly name: string })[];
};

export type Configure = { readonly type: 'configure'; readonly pools: readonly ConfiguredPool[] };

/**
 * Makes the world as a configuration says, in one decision or not at all: pools are created or changed, resources that it
 * names registered or changed. What it does not name stays as it is.
 *
 * Errors: those of `putPool` and `registerResource`, with pointers into the configuration.
 */
export function configure(tx: Transaction, input: Configure): { pools: number; resources: number } {
  let resources = 0;
  input.pools.forEach((pool, index) => {
    within(`/pools/${index}`, () =>
      putPool(tx, { type: 'putPool', name: pool.spec.name, spec: pool.spec, merge: false }),
    );
    pool.resources.forEach((resource, at) => {
      within(`/pools/${index}/resources/${at}`, () => putResource(tx, pool.spec.name, resource));
      resources += 1;
    });
  });
  return { pools: input.pools.length, resources };
}

function putResource(
  tx: Transaction,
  pool: string,
  resource: ResourceTraits & { readonly name: string },
): void {
  const { name, labels = {}, params = {}, addresses = [], endpoints = {} } = resource;
  const traits = { labels, params, addresses, endpoints };
  const id = tx.requirePool(pool).idByName.get(name);
  const known = id === undefined ? undefined : tx.world.resources.get(id);
  if (known === undefined) {
    registerResource(tx, { type: 'registerResource', pool, name, ...traits });
    return;
  }
  const now = {
    labels: known.labels,
    params: known.params,
    addresses: known.addresses,
    endpoints: known.endpoints,
  };
  if (canonicalJson(now as Json) === canonicalJson(traits as Json)) return;
  changeTraits(tx, { type: 'changeTraits', resource: known.id, ...traits });
}

function within(at: string, change: () => unknown): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const faults = error.faults.map(({ pointer, message }) => ({ pointer: `${at}${pointer}`, message }));
    throw new Refusal(error.code, error.message, {
      faults: faults.length > 0 ? faults : [{ pointer: at, message: error.message }],
      cause: error,
    });
  }
}
