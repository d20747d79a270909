import type { JsonObject } from '@poolkeeper/core';
import type { StandIn } from './stand-in.ts';

/** More of each than fit on a page, and not a whole number of pages. */
const EACH_USUAL = 3;

/** Lists of VPC that nothing special has to be said of. */
const VPC_LISTS = [
  'load_balancers',
  'vpn_gateways',
  'vpn_servers',
  'endpoint_gateways',
  'flow_log_collectors',
  'ike_policies',
  'ipsec_policies',
  'virtual_network_interfaces',
  'backup_policies',
  'snapshots',
  'volumes',
  'keys',
  'placement_groups',
];

/** Leaves things of every kind behind in an account, with whatever stands in the way of deleting them. */
export function plantEverything(cloud: StandIn, each = EACH_USUAL): void {
  const times: Times = (plant) => {
    for (let at = 0; at < each; at += 1) plant(at);
  };
  plantAccess(cloud, times);
  plantMakers(cloud, times);
  for (const region of ['us-south', 'eu-de']) plantVpc(cloud, { region, times, each });
  plantPower(cloud, times);
  plantClassic(cloud, times);
  plantResources(cloud);
  times((at) => {
    const said = (id: string): JsonObject => ({ id, name: id, resource_group_id: 'group-other' });
    cloud.things.add('namespaces', `namespace-${at}`, { said: {}, region: 'us-south' });
    cloud.things.add('functions', `functions-${at}`, { said: said(`functions-${at}`), region: 'us-south' });
  });
}

type Times = (plant: (at: number) => void) => void;

function plantAccess({ iam, things }: StandIn, times: Times): void {
  times((at) => {
    iam.makeKey(`ApiKey-left-${at}`, 'IBMid-manager', { locked: at === 1 });
    iam.makeKey(`ApiKey-service-${at}`, 'iam-ServiceId-left-0');
    const id = `ServiceId-left-${at}`;
    things.add('serviceids', id, { said: { id, name: id, iam_id: `iam-${id}`, locked: at === 0 } });
    things.add('profiles', `Profile-${at}`, {
      said: { id: `Profile-${at}`, name: `p${at}`, iam_id: `iam-Profile-${at}` },
    });
    const subjects = [{ attributes: [{ name: 'iam_id', value: `iam-${id}` }] }];
    things.add('policies', `policy-${at}`, {
      said: { id: `policy-${at}`, type: 'access', state: 'active', subjects },
    });
    things.add('policies', `grant-${at}`, {
      said: { id: `grant-${at}`, type: 'authorization', state: 'active' },
    });
    things.add('groups', `AccessGroupId-${at}`, { said: { id: `AccessGroupId-${at}`, name: `g${at}` } });
    things.add('roles', `role-${at}`, { said: { id: `role-${at}`, name: `r${at}` } });
    things.add('users', `IBMid-guest-${at}`, {
      said: { iam_id: `IBMid-guest-${at}`, user_id: `guest${at}@example.com` },
    });
  });
}

function plantMakers({ iam, things }: StandIn, times: Times): void {
  iam.makeKey('ApiKey-clusters', 'IBMid-manager', { name: 'containers-kubernetes-key' });
  times((at) => {
    const said = (id: string): JsonObject => ({ id, name: id, resourceGroup: 'group-other' });
    things.add('clusters', `cluster-${at}`, { said: said(`cluster-${at}`), lagMs: 3 * 60_000 });
    things.add('satellites', `satellite-${at}`, { said: said(`satellite-${at}`) });
    things.add('projects', `project-${at}`, {
      said: { ...said(`project-${at}`), status: 'active' },
      region: 'us-south',
    });
    things.add('workspaces', `workspace-${at}`, { said: said(`workspace-${at}`) });
    const parent = at === 0 ? 'group-default' : 'group-other';
    things.add('toolchains', `toolchain-${at}`, {
      said: said(`toolchain-${at}`),
      region: 'us-south',
      parent,
    });
  });
}

function plantVpc(
  { things }: StandIn,
  { region, times, each }: { readonly region: string; readonly times: Times; readonly each: number },
): void {
  const add = (list: string, id: string, said: JsonObject = {}): void => {
    const name = `${id}-name`;
    things.add(`vpc.${list}`, `${region}-${id}`, {
      said: { name, resource_group: { id: 'group-other' }, ...said },
      region,
    });
  };
  const ref = (id: string): JsonObject => ({ id: `${region}-${id}` });
  const withVpc = { vpc: ref('vpc-0') };
  times((at) => {
    add('vpcs', `vpc-${at}`, {
      default_security_group: ref(`sg-default-${at}`),
      default_network_acl: ref(`acl-default-${at}`),
    });
    add('security_groups', `sg-default-${at}`);
    add('network_acls', `acl-default-${at}`);
    add('public_gateways', `gateway-${at}`, withVpc);
    add('subnets', `subnet-${at}`, { ...withVpc, public_gateway: ref(`gateway-${at}`) });
    add('instance_groups', `group-${at}`, {
      membership_count: 2,
      managers: [ref('manager')],
      subnet: ref('subnet-0'),
      instance_template: ref('template-0'),
    });
    add('templates', `template-${at}`, withVpc);
    add('instances', `instance-${at}`, {
      ...withVpc,
      subnet: ref('subnet-0'),
      dedicated_host: ref('host-0'),
      volume: ref('volumes-0'),
      image: ref('image-0'),
    });
    add('bare_metal_servers', `metal-${at}`, { status: 'running', subnet: ref('subnet-1') });
    add('floating_ips', `ip-${at}`, { target: ref(`gateway-${at}`) });
    add('images', `image-${at}`, { visibility: 'private' });
    add('shares', `share-${at}`, { mount_targets: [ref('mount-0'), ref('mount-1')] });
    // Each lets in the next one, so none could go before the others.
    add('security_groups', `sg-${at}`, {
      ...withVpc,
      rules: [{ id: `rule-${at}`, remote: ref(`sg-${(at + 1) % each}`) }],
    });
    add('network_acls', `acl-${at}`, withVpc);
    add('dedicated_hosts', `host-${at}`, { instance_placement_enabled: true, group: ref('hosts-0') });
    add('groups', `hosts-${at}`);
    for (const list of VPC_LISTS) add(list, `${list}-${at}`);
  });
  add('images', 'image-of-ibm', { visibility: 'public' });
}

function plantPower({ things }: StandIn, times: Times): void {
  const said = {
    id: 'power-1',
    name: 'power',
    details: { crn: 'crn:power-1' },
    resourceGroup: 'group-other',
  };
  things.add('power.workspaces', 'power-1', { said, region: 'us-south' });
  const crn = 'crn:power-1';
  things.add('resource_instances', crn, {
    said: { id: crn, crn, name: 'power', state: 'active', resource_group_id: 'group-other' },
  });
  const parent = 'power-1';
  times((at) => {
    things.add('power.pvm-instances', `pvm-${at}`, {
      said: { pvmInstanceID: `pvm-${at}`, serverName: `s${at}` },
      parent,
    });
    things.add('power.networks', `net-${at}`, { said: { networkID: `net-${at}`, name: `n${at}` }, parent });
    things.add('power.ports', `port-${at}`, { said: { portID: `port-${at}` }, parent: `net-${at}` });
    things.add('power.snapshots', `snap-${at}`, {
      said: { snapshotID: `snap-${at}`, name: `x${at}` },
      parent,
    });
    things.add('power.volumes', `vol-${at}`, { said: { volumeID: `vol-${at}`, name: `v${at}` }, parent });
    things.add('power.images', `img-${at}`, { said: { imageID: `img-${at}`, name: `i${at}` }, parent });
    things.add('power.sshKeys', `key-${at}`, { said: { name: `key-${at}` } });
  });
}

function plantClassic({ things }: StandIn, times: Times): void {
  times((at) => {
    const id = 1_000 + at;
    const billingItem = (offset: number): JsonObject => ({ id: id + offset });
    things.add('classic.SoftLayer_Virtual_Guest', String(id), { said: { id, hostname: `guest${at}` } });
    things.add('classic.SoftLayer_Hardware', String(id), {
      said: { id, hostname: `metal${at}`, billingItem: billingItem(5_000) },
    });
    things.add('classic.SoftLayer_Network_Storage', String(id), {
      said: { id, username: `SL-${at}`, billingItem: billingItem(9_000) },
    });
    const image = 'classic.SoftLayer_Virtual_Guest_Block_Device_Template_Group';
    things.add(image, String(id), { said: { id, name: `image${at}` } });
  });
}

function plantResources({ things }: StandIn): void {
  const states = ['active', 'active', 'active', 'provisioning', 'failed', 'inactive', 'pre_provisioning'];
  for (const [at, state] of states.entries()) {
    const id = `crn:v1:bluemix:public:cloudant:us-south:a/1:${at}::`;
    const more = { locked: at === 0, has_keys: at === 1, goes_softly: at === 2 };
    things.add('resource_instances', id, {
      said: { id, crn: id, name: `instance${at}`, state, resource_group_id: 'group-other', ...more },
    });
  }
  // The last holder's, deleted long ago, and still to be had back.
  const crn = 'crn:v1:bluemix:public:cloud-object-storage:global:a/1:old::';
  things.add('resource_instances', crn, {
    said: { id: crn, crn, name: 'old', state: 'pending_reclamation', resource_group_id: 'group-other' },
  });
  const reclamation = { id: 'reclaim-old', resource_instance_id: crn, entity_crn: crn, state: 'SCHEDULED' };
  things.add('reclamations', 'reclaim-old', { said: reclamation });
  for (const id of ['group-other', 'group-more', 'group-most']) {
    things.add('resource_groups', id, { said: { id, name: id, default: false } });
  }
}
