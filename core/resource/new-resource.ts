import type { Pool } from '../model/pool.ts';
import { templateTraits } from '../model/pool.ts';
import type { Resource } from '../model/resource.ts';

/** What tells one new resource from another; everything else is as it is with all that nothing has happened to. */
export type NewResource = Pick<Resource, 'id' | 'name' | 'status' | 'machine' | 'createdAt'> &
  Partial<Resource>;

/** A resource as it is put into its pool: made from the pool's template, unless something else is said. */
export function newResource(pool: Pool, given: NewResource): Resource {
  return {
    pool: pool.name,
    kind: pool.kind,
    provider: pool.provider,
    hold: null,
    epoch: 0,
    version: 1,
    ...templateTraits(pool.template),
    addresses: [],
    endpoints: {},
    externalId: null,
    liveness: 'UNKNOWN',
    unhealthySince: null,
    isEvictable: true,
    since: given.createdAt,
    uses: 0,
    leaseId: null,
    fate: 'recycle',
    templateRevision: pool.templateRevision,
    profiles: [],
    run: null,
    turnover: null,
    chain: null,
    destination: null,
    restsUntil: null,
    ...given,
  };
}
