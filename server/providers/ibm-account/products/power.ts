import type { Product } from '../cleaning/product.ts';

/** A workspace goes as the service instance that it is; here what is in it is found by it. */
export const POWER_WORKSPACES: Product = {
  kind: 'Power workspace',
  service: 'power',
  list: { path: '/v1/workspaces', items: 'workspaces', paging: { by: 'none' } },
  id: 'id',
  name: 'name',
  crn: 'details.crn',
  group: 'resourceGroup',
  remove: null,
};

const WORKSPACE = '/pcloud/v1/cloud-instances/{parent}';
const PORTS = '/pcloud/v1/cloud-instances/{grandparent}/networks/{parent}/ports';
/** Every call says in which workspace it works. */
const HEADERS = { crn: '{parentCrn}' };

type Members = { readonly items: string; readonly id: string; readonly name?: string };

/** Something in each workspace; `path` is that of its list. */
function inWorkspace(kind: string, path: string, { items, id, name }: Members): Product {
  return {
    kind,
    service: 'power',
    each: { product: () => POWER_WORKSPACES, isKeptWhole: true },
    headers: HEADERS,
    list: { path: `${WORKSPACE}${path}`, items, paging: { by: 'none' } },
    id,
    ...(name === undefined ? {} : { name }),
    remove: { method: 'DELETE', path: `${WORKSPACE}${path}/{id}` },
  };
}

export const POWER_INSTANCES = inWorkspace('Power instance', '/pvm-instances', {
  items: 'pvmInstances',
  id: 'pvmInstanceID',
  name: 'serverName',
});

export const POWER_NETWORKS = inWorkspace('Power network', '/networks', {
  items: 'networks',
  id: 'networkID',
  name: 'name',
});

/** A network is not deleted while it has ports. */
export const POWER_PORTS: Product = {
  kind: 'Power network port',
  service: 'power',
  each: { product: () => POWER_NETWORKS, isKeptWhole: true },
  headers: HEADERS,
  list: { path: PORTS, items: 'ports', paging: { by: 'none' } },
  id: 'portID',
  remove: { method: 'DELETE', path: `${PORTS}/{id}` },
};

export const POWER_SNAPSHOTS = inWorkspace('Power snapshot', '/snapshots', {
  items: 'snapshots',
  id: 'snapshotID',
  name: 'name',
});

export const POWER_VOLUMES = inWorkspace('Power volume', '/volumes', {
  items: 'volumes',
  id: 'volumeID',
  name: 'name',
});

export const POWER_IMAGES = inWorkspace('Power image', '/images', {
  items: 'images',
  id: 'imageID',
  name: 'name',
});

/** Keys belong to the account, and are reached by any of its workspaces. */
export const POWER_KEYS: Product = {
  ...inWorkspace('Power SSH key', '/sshkeys', { items: 'sshKeys', id: 'name', name: 'name' }),
  list: { path: '/pcloud/v1/tenants/{account}/sshkeys', items: 'sshKeys', paging: { by: 'none' } },
  remove: { method: 'DELETE', path: '/pcloud/v1/tenants/{account}/sshkeys/{id}' },
};
