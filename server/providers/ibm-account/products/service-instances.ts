import { at, textAt } from '../json.ts';
import type { Product } from '../cleaning/product.ts';

const LIST = {
  path: '/v2/resource_instances',
  query: { limit: '100' },
  items: 'resources',
  paging: { by: 'link', at: 'next_url' },
} as const;

/** Where no state is asked for, only active and provisioning ones are listed. */
const STATES = [{}, { state: 'failed' }, { state: 'inactive' }, { state: 'pre_provisioning' }];

/** Instances of every service in the catalogue, with their keys, bindings and aliases. */
export const SERVICE_INSTANCES: Product = {
  kind: 'service instance',
  service: 'resourceController',
  list: { ...LIST, variants: STATES },
  id: 'id',
  name: 'name',
  crn: 'crn',
  group: 'resource_group_id',
  mustAnswer: true,
  spares: ({ said }) => ['removed', 'pending_reclamation'].includes(textAt(said, 'state') ?? ''),
  before: ({ said }) =>
    at(said, 'locked') === true ? [{ method: 'DELETE', path: '/v2/resource_instances/{id}/lock' }] : [],
  remove: { method: 'DELETE', path: '/v2/resource_instances/{id}', query: { recursive: 'true' } },
};

/** What was deleted softly: without this, the next holder could have the last one's data back. */
export const RECLAMATIONS: Product = {
  kind: 'reclamation',
  service: 'resourceController',
  list: {
    path: '/v1/reclamations',
    query: { account_id: '{account}' },
    items: 'resources',
    paging: { by: 'none' },
  },
  id: 'id',
  name: 'resource_instance_id',
  crn: 'entity_crn',
  group: 'resource_group_id',
  mustAnswer: true,
  spares: ({ said }) => ['COMPLETED', 'RESTORED'].includes((textAt(said, 'state') ?? '').toUpperCase()),
  remove: { method: 'POST', path: '/v1/reclamations/{id}/actions/reclaim', body: {} },
};

/** Goes with its reclamation. */
export const SOFT_DELETED_INSTANCES: Product = {
  ...SERVICE_INSTANCES,
  kind: 'soft-deleted service instance',
  list: { ...LIST, variants: [{ state: 'pending_reclamation' }] },
  spares: ({ said }) => at(said, 'state') === 'removed',
  remove: null,
};
