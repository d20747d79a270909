import { at, textAt } from '../json.ts';
import type { Product } from '../cleaning/product.ts';
import { CLUSTERS } from './makers.ts';

/** What Kubernetes Service calls the keys by which clusters reach their infrastructure. */
const CLUSTER_KEY = 'containers-kubernetes-key';

const KEY_LIST: Product['list'] = {
  path: '/v1/apikeys',
  query: { account_id: '{account}', scope: 'account', pagesize: '100' },
  // One list has the keys of users, the other those of service ids.
  variants: [{ type: 'user' }, { type: 'serviceid' }],
  items: 'apikeys',
  paging: { by: 'link', at: 'next' },
};

const unlock =
  (path: string): NonNullable<Product['before']> =>
  ({ said }) =>
    at(said, 'locked') === true ? [{ method: 'DELETE', path }] : [];

/** Keys that holders made, so that nothing new can be made with them. */
export const API_KEYS: Product = {
  kind: 'API key',
  service: 'iam',
  list: KEY_LIST,
  id: 'id',
  name: 'name',
  crn: 'crn',
  mustAnswer: true,
  spares: ({ id, name }, { keys }) => keys.has(id) || name === CLUSTER_KEY,
  before: unlock('/v1/apikeys/{id}/lock'),
  remove: { method: 'DELETE', path: '/v1/apikeys/{id}' },
};

/** A cluster is deleted by its key, so keys of clusters go when the clusters are gone. */
export const CLUSTER_KEYS: Product = {
  ...API_KEYS,
  kind: 'API key of clusters',
  spares: ({ id, name }, { keys }) => keys.has(id) || name !== CLUSTER_KEY,
  neededBy: () => CLUSTERS,
};

export const SERVICE_IDS: Product = {
  kind: 'service id',
  service: 'iam',
  list: {
    path: '/v1/serviceids/',
    query: { account_id: '{account}', pagesize: '100' },
    items: 'serviceids',
    paging: { by: 'link', at: 'next' },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  mustAnswer: true,
  spares: ({ said }, { identities }) => identities.has(textAt(said, 'iam_id') ?? ''),
  before: unlock('/v1/serviceids/{id}/lock'),
  remove: { method: 'DELETE', path: '/v1/serviceids/{id}' },
};
