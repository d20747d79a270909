import type { Json } from '@poolkeeper/core';
import { textAt } from '../json.ts';
import { ACCOUNT } from './test-iam.ts';
import type { TestIam } from './test-iam.ts';
import type { Thing, Things } from './things.ts';
import { NOT_FOUND, PAGE_SIZE, asText, fault, pageAt, partsOf } from './wire.ts';
import type { TestCall, TestReply } from './wire.ts';

export type TestService = (call: TestCall) => TestReply;

/** The services that have not much of their own. */
export function smallServices(things: Things, iam: TestIam): Readonly<Record<string, TestService>> {
  const saids = (kind: string, where: { region?: string; parent?: string } = {}): Json[] =>
    things.list(kind, where).map(({ said }) => said);
  const end = (kind: string, id: string, where: { region?: string; parent?: string } = {}): TestReply => {
    const thing = things.list(kind, where).find((one) => one.id === id);
    if (thing === undefined) return NOT_FOUND;
    things.end(thing);
    return { status: 202, body: {} };
  };
  const linked = (name: string, all: readonly Json[], query: URLSearchParams): TestReply => {
    const { page, next } = pageAt(all, query.get('start'));
    const href = `https://elsewhere.example/${name}?start=${next}`;
    return {
      status: 200,
      body: { [name]: page, limit: PAGE_SIZE, ...(next === undefined ? {} : { next: { href } }) },
    };
  };
  const offset = (name: string, all: readonly Json[], query: URLSearchParams): TestReply => {
    const from = Number(query.get('offset'));
    return {
      status: 200,
      body: { offset: from, count: all.length, [name]: all.slice(from, from + PAGE_SIZE) },
    };
  };

  return {
    accounts: ({ path }) =>
      path === `/v4/accounts/${ACCOUNT}`
        ? { status: 200, body: { id: ACCOUNT, owner_iamid: 'IBMid-owner' } }
        : NOT_FOUND,

    userManagement: ({ method, path, query }) => {
      const [version, , account, , id] = partsOf(path);
      if (account !== ACCOUNT) return NOT_FOUND;
      if (method === 'DELETE') return version === 'v3' ? end('users', id ?? '') : NOT_FOUND;
      const { page, next } = pageAt(saids('users'), query.get('_start'));
      const link = `/v2/accounts/${ACCOUNT}/users?limit=${PAGE_SIZE}&_start=${next}`;
      return { status: 200, body: { resources: page, ...(next === undefined ? {} : { next_url: link }) } };
    },

    search: ({ body, query }) => {
      const tags = [...asText(body['query']).matchAll(/tags:"([^"]*)"/g)].map((found) => found[1]);
      const all = things
        .all()
        .filter(({ said }) => tags.some((tag) => (said['tags'] as string[] | undefined)?.includes(tag ?? '')))
        .map(({ id, said }) => ({ crn: textAt(said, 'crn') ?? `crn:${id}` }));
      if (query.get('account_id') !== ACCOUNT) return fault(400, 'no_account', 'account_id is needed');
      const { page, next } = pageAt(all, asText(body['search_cursor']) || null);
      return {
        status: 200,
        body: { items: page, limit: PAGE_SIZE, ...(next === undefined ? {} : { search_cursor: next }) },
      };
    },

    containers: ({ method, path, query, body }) => {
      if (path === '/v2/getClusters') return { status: 200, body: saids('clusters') };
      if (path === '/v2/satellite/getControllers') return { status: 200, body: saids('satellites') };
      if (path === '/v2/satellite/removeController') return end('satellites', asText(body['controller']));
      const [, , id = ''] = partsOf(path);
      if (method !== 'DELETE' || query.get('deleteResources') !== 'true')
        return fault(400, 'E0001', 'deleteResources is needed');
      // A cluster is deleted by the key that it was made with.
      if (!iam.keys.some((key) => key['name'] === 'containers-kubernetes-key')) {
        return fault(500, 'E0002', 'The cluster has no key to reach its infrastructure');
      }
      return end('clusters', id);
    },

    codeEngine: ({ method, path, query, region }) =>
      method === 'GET'
        ? linked('projects', saids('projects', { region }), query)
        : end('projects', partsOf(path)[2] ?? '', { region }),

    schematics: ({ method, path, query, headers }) => {
      if (method === 'GET') return offset('workspaces', saids('workspaces'), query);
      if (!iam.isRefresh(headers['refresh_token']))
        return fault(400, 'no_refresh', 'refresh_token is needed');
      return end('workspaces', partsOf(path)[2] ?? '');
    },

    toolchains: ({ method, path, query, region }) => {
      if (method === 'DELETE') return end('toolchains', partsOf(path)[2] ?? '', { region });
      const parent = query.get('resource_group_id');
      if (parent === null) return fault(400, 'no_group', 'resource_group_id is needed');
      return linked('toolchains', saids('toolchains', { region, parent }), query);
    },

    power: (call) => power(call, things),

    classic: ({ method, path, query, body }) => {
      const [service = '', name = '', action] = path.replaceAll('.json', '').split('/').slice(1);
      if (service === 'SoftLayer_Billing_Item') {
        if (action !== 'cancelItem' || !Array.isArray(body['parameters'])) return NOT_FOUND;
        const thing = things.all().find(({ said }) => textAt(said, 'billingItem.id') === name);
        return thing === undefined ? NOT_FOUND : end(thing.kind, thing.id);
      }
      if (method === 'DELETE') return end(`classic.${service}`, name);
      const kinds: Readonly<Record<string, string>> = {
        getVirtualGuests: 'classic.SoftLayer_Virtual_Guest',
        getHardware: 'classic.SoftLayer_Hardware',
        getNetworkStorage: 'classic.SoftLayer_Network_Storage',
        getPrivateBlockDeviceTemplateGroups: 'classic.SoftLayer_Virtual_Guest_Block_Device_Template_Group',
      };
      const [from = 0] = (query.get('resultLimit') ?? '').split(',').map(Number);
      return { status: 200, body: saids(kinds[name] ?? '').slice(from, from + PAGE_SIZE) };
    },

    registry: ({ method, path, headers, region }) => {
      if (headers['account'] !== ACCOUNT) return fault(401, 'no_account', 'The header Account is needed');
      if (method === 'GET')
        return { status: 200, body: things.list('namespaces', { region }).map(({ id }) => id) };
      return end('namespaces', partsOf(path)[3] ?? '', { region });
    },

    functions: ({ method, path, query, region }) =>
      method === 'GET'
        ? offset('namespaces', saids('functions', { region }), query)
        : end('functions', partsOf(path)[3] ?? '', { region }),
  };
}

const POWER_LISTS: Readonly<Record<string, string>> = {
  'pvm-instances': 'pvmInstances',
  networks: 'networks',
  snapshots: 'snapshots',
  volumes: 'volumes',
  images: 'images',
};

/** Power: everything in a workspace is called with its CRN. */
function power({ method, path, headers, region }: TestCall, things: Things): TestReply {
  if (path === '/v1/workspaces') {
    // A workspace is a service instance.
    const isThere = ({ said }: Thing): boolean =>
      things.find('resource_instances', textAt(said, 'details.crn') ?? '') !== undefined;
    return {
      status: 200,
      body: {
        workspaces: things
          .list('power.workspaces', { region })
          .filter(isThere)
          .map(({ said }) => said),
      },
    };
  }
  if (!String(headers['crn']).startsWith('crn:')) return fault(403, 'no_crn', 'The header CRN is needed');
  const [, , , owner = '', list = '', id, part, partId] = partsOf(path);
  if (list === 'sshkeys') return listOrEnd(things, { method, kind: 'power.sshKeys', name: 'sshKeys', id });
  const kind = `power.${list}`;
  if (part === 'ports') {
    return listOrEnd(things, { method, kind: 'power.ports', name: 'ports', id: partId, parent: id });
  }
  const hasPorts = list === 'networks' && things.list('power.ports', { parent: id ?? '' }).length > 0;
  if (method === 'DELETE' && hasPorts) return fault(409, 'in_use', 'The network has ports');
  return listOrEnd(things, { method, kind, name: POWER_LISTS[list] ?? list, id, parent: owner });
}

type ListOrEnd = {
  readonly method: string;
  readonly kind: string;
  readonly name: string;
  readonly id: string | undefined;
  readonly parent?: string | undefined;
};

function listOrEnd(things: Things, { method, kind, name, id, parent }: ListOrEnd): TestReply {
  const all: readonly Thing[] = things.list(kind, parent === undefined ? {} : { parent });
  if (method === 'GET') return { status: 200, body: { [name]: all.map(({ said }) => said) } };
  const thing = all.find((one) => one.id === id);
  if (thing === undefined) return NOT_FOUND;
  things.end(thing);
  return { status: 200, body: {} };
}
