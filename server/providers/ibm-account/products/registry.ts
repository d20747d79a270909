import type { Product } from '../cleaning/product.ts';

/** Namespaces of the container registry, with all images in them. */
export const REGISTRY_NAMESPACES: Product = {
  kind: 'container registry namespace',
  service: 'registry',
  headers: { account: '{account}' },
  list: { path: '/api/v1/namespaces', items: '', paging: { by: 'none' } },
  id: '',
  remove: { method: 'DELETE', path: '/api/v1/namespaces/{id}' },
};

export const FUNCTIONS_NAMESPACES: Product = {
  kind: 'Functions namespace',
  service: 'functions',
  list: { path: '/api/v1/namespaces', items: 'namespaces', paging: { by: 'offset', limit: 100 } },
  id: 'id',
  name: 'name',
  crn: 'crn',
  group: 'resource_group_id',
  remove: { method: 'DELETE', path: '/api/v1/namespaces/{id}' },
};
