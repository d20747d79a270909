import { at, textAt } from '../json.ts';
import type { Product } from '../cleaning/product.ts';
import { deleteParts, vpc } from './vpc-product.ts';

export const INSTANCES = vpc('VPC instance', '/instances', 'instances');

/** Bare metal is not deleted while it runs. */
export const BARE_METAL = vpc('VPC bare metal server', '/bare_metal_servers', 'bare_metal_servers', {
  before: ({ said }) =>
    at(said, 'status') === 'stopped'
      ? []
      : [{ method: 'POST', path: '/v1/bare_metal_servers/{id}/stop', body: { type: 'hard' } }],
});

export const INSTANCE_TEMPLATES = vpc('VPC instance template', '/instance/templates', 'templates');
export const LOAD_BALANCERS = vpc('VPC load balancer', '/load_balancers', 'load_balancers');
export const VPN_GATEWAYS = vpc('VPN gateway', '/vpn_gateways', 'vpn_gateways');
export const VPN_SERVERS = vpc('VPN server', '/vpn_servers', 'vpn_servers');
export const ENDPOINT_GATEWAYS = vpc('VPC endpoint gateway', '/endpoint_gateways', 'endpoint_gateways');
export const FLOW_LOGS = vpc('VPC flow log collector', '/flow_log_collectors', 'flow_log_collectors');
export const IKE_POLICIES = vpc('VPN IKE policy', '/ike_policies', 'ike_policies');
export const IPSEC_POLICIES = vpc('VPN IPsec policy', '/ipsec_policies', 'ipsec_policies');

/** A share is not deleted while something may mount it. */
export const SHARES = vpc('VPC file share', '/shares', 'shares', {
  before: ({ said }) => deleteParts(said, { name: 'mount_targets', path: '/v1/shares/{id}/mount_targets' }),
});

export const NETWORK_INTERFACES = vpc(
  'VPC network interface',
  '/virtual_network_interfaces',
  'virtual_network_interfaces',
);

/** A public gateway is not deleted while a subnet goes through it. */
export const SUBNETS = vpc('VPC subnet', '/subnets', 'subnets', {
  before: ({ said }) =>
    textAt(said, 'public_gateway.id') === undefined
      ? []
      : [{ method: 'DELETE', path: '/v1/subnets/{id}/public_gateway' }],
});

export const PUBLIC_GATEWAYS = vpc('VPC public gateway', '/public_gateways', 'public_gateways');
export const FLOATING_IPS = vpc('VPC floating IP', '/floating_ips', 'floating_ips');
export const BACKUP_POLICIES = vpc('VPC backup policy', '/backup_policies', 'backup_policies');
/** The others are IBM's own. */
export const IMAGES = vpc('VPC image', '/images', 'images', { query: { visibility: 'private' } });
export const SNAPSHOTS = vpc('VPC snapshot', '/snapshots', 'snapshots');
export const VOLUMES = vpc('VPC volume', '/volumes', 'volumes');

export const VPCS = vpc('VPC', '/vpcs', 'vpcs');

const withVpc = (path: string): NonNullable<Product['partOf']> => ({ product: () => VPCS, ids: [path] });

/** Two groups whose rules name each other could never be deleted. */
export const SECURITY_GROUPS = vpc('VPC security group', '/security_groups', 'security_groups', {
  partOf: withVpc('default_security_group.id'),
  before: ({ said }) => deleteParts(said, { name: 'rules', path: '/v1/security_groups/{id}/rules' }),
});

export const NETWORK_ACLS = vpc('VPC network ACL', '/network_acls', 'network_acls', {
  partOf: withVpc('default_network_acl.id'),
});

export const SSH_KEYS = vpc('VPC SSH key', '/keys', 'keys');

/** A host is not deleted while instances may be put on it. */
export const DEDICATED_HOSTS = vpc('VPC dedicated host', '/dedicated_hosts', 'dedicated_hosts', {
  before: ({ said }) =>
    at(said, 'instance_placement_enabled') === true
      ? [{ method: 'PATCH', path: '/v1/dedicated_hosts/{id}', body: { instance_placement_enabled: false } }]
      : [],
});

export const DEDICATED_HOST_GROUPS = vpc('VPC dedicated host group', '/dedicated_host/groups', 'groups');
export const PLACEMENT_GROUPS = vpc('VPC placement group', '/placement_groups', 'placement_groups');
