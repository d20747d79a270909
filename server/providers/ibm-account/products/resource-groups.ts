import { at } from '../json.ts';
import type { Product } from '../cleaning/product.ts';

/** Groups but the default one, which stays. They must be empty to go. */
export const RESOURCE_GROUPS: Product = {
  kind: 'resource group',
  service: 'resourceController',
  list: {
    path: '/v2/resource_groups',
    query: { account_id: '{account}' },
    items: 'resources',
    paging: { by: 'none' },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  mustAnswer: true,
  spares: ({ said }) => at(said, 'default') === true,
  remove: { method: 'DELETE', path: '/v2/resource_groups/{id}' },
};
