import { textAt } from '../json.ts';
import { RESOURCE_GROUPS } from './resource-groups.ts';
import { deleteParts, vpc } from './vpc-product.ts';
import type { Product } from '../cleaning/product.ts';

/** Kubernetes and OpenShift clusters, in VPCs and in classic infrastructure. Their workers and disks go with them. */
export const CLUSTERS: Product = {
  kind: 'cluster',
  service: 'containers',
  list: { path: '/v2/getClusters', items: '', paging: { by: 'none' } },
  id: 'id',
  name: 'name',
  crn: 'crn',
  group: 'resourceGroup',
  remove: { method: 'DELETE', path: '/v1/clusters/{id}', query: { deleteResources: 'true' } },
};

export const SATELLITE_LOCATIONS: Product = {
  kind: 'Satellite location',
  service: 'containers',
  list: { path: '/v2/satellite/getControllers', items: '', paging: { by: 'none' } },
  id: 'id',
  name: 'name',
  crn: 'crn',
  group: 'resourceGroup',
  remove: { method: 'POST', path: '/v2/satellite/removeController', body: { controller: '{id}' } },
};

export const CODE_ENGINE_PROJECTS: Product = {
  kind: 'Code Engine project',
  service: 'codeEngine',
  list: {
    path: '/v2/projects',
    query: { limit: '100' },
    items: 'projects',
    paging: { by: 'link', at: 'next.href' },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  group: 'resource_group_id',
  // What was deleted softly can be had back for days: it is a reclamation, and goes as one.
  spares: ({ said }) => ['soft_deleted', 'pending_removal'].includes(textAt(said, 'status') ?? ''),
  remove: { method: 'DELETE', path: '/v2/projects/{id}' },
};

/** The workspace goes, and what Terraform made by it goes as what it is, in its own phase: a workspace may be unable to destroy it. */
export const SCHEMATICS_WORKSPACES: Product = {
  kind: 'Schematics workspace',
  service: 'schematics',
  list: { path: '/v1/workspaces', items: 'workspaces', paging: { by: 'offset', limit: 100 } },
  id: 'id',
  name: 'name',
  crn: 'crn',
  group: 'resource_group',
  remove: { method: 'DELETE', path: '/v1/workspaces/{id}', lendsRefresh: true },
};

/** They are listed by resource group only. */
export const TOOLCHAINS: Product = {
  kind: 'toolchain',
  service: 'toolchains',
  each: { product: () => RESOURCE_GROUPS, isKeptWhole: false },
  list: {
    path: '/v2/toolchains',
    query: { resource_group_id: '{parent}', limit: '100' },
    items: 'toolchains',
    paging: { by: 'link', at: 'next.href' },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  remove: { method: 'DELETE', path: '/v2/toolchains/{id}' },
};

/** A group makes instances anew as long as it is to have some, and its managers decide on that. */
export const INSTANCE_GROUPS: Product = vpc('VPC instance group', '/instance_groups', 'instance_groups', {
  before: ({ said }) => [
    ...deleteParts(said, { name: 'managers', path: '/v1/instance_groups/{id}/managers' }),
    { method: 'PATCH', path: '/v1/instance_groups/{id}', body: { membership_count: 0 } },
  ],
});
