import type { Product } from './cleaning/product.ts';
import type { Stage } from './cleaning/sweep.ts';
import { ACCESS_GROUPS, CUSTOM_ROLES, POLICIES, TRUSTED_PROFILES, USERS } from './products/access.ts';
import * as classic from './products/classic.ts';
import { API_KEYS, CLUSTER_KEYS, SERVICE_IDS } from './products/consumer-access.ts';
import * as makers from './products/makers.ts';
import * as power from './products/power.ts';
import { FUNCTIONS_NAMESPACES, REGISTRY_NAMESPACES } from './products/registry.ts';
import { RESOURCE_GROUPS } from './products/resource-groups.ts';
import { RECLAMATIONS, SERVICE_INSTANCES, SOFT_DELETED_INSTANCES } from './products/service-instances.ts';
import * as vpc from './products/vpc.ts';

const SECOND = 1_000;

/** In which order an account is emptied: first what makes things, then what things hang on, last what everything lies in. */
export const PLAN: readonly Stage[] = [
  { phase: 1, products: [API_KEYS] },
  { phase: 1, products: [SERVICE_IDS] },
  {
    phase: 2,
    isLong: true,
    pollMs: 30 * SECOND,
    products: [
      makers.CLUSTERS,
      makers.SATELLITE_LOCATIONS,
      makers.CODE_ENGINE_PROJECTS,
      makers.SCHEMATICS_WORKSPACES,
      makers.TOOLCHAINS,
      makers.INSTANCE_GROUPS,
      vpc.BACKUP_POLICIES,
    ],
  },
  { phase: 3, pollMs: 15 * SECOND, products: [vpc.INSTANCES, vpc.BARE_METAL] },
  { phase: 3, products: [vpc.INSTANCE_TEMPLATES] },
  { phase: 3, pollMs: 30 * SECOND, products: [vpc.LOAD_BALANCERS] },
  {
    phase: 3,
    pollMs: 15 * SECOND,
    products: [vpc.VPN_GATEWAYS, vpc.VPN_SERVERS, vpc.ENDPOINT_GATEWAYS, vpc.FLOW_LOGS, vpc.SHARES],
  },
  { phase: 3, products: [vpc.IKE_POLICIES, vpc.IPSEC_POLICIES, vpc.NETWORK_INTERFACES] },
  { phase: 3, pollMs: 10 * SECOND, products: [vpc.SUBNETS] },
  { phase: 3, pollMs: 10 * SECOND, products: [vpc.PUBLIC_GATEWAYS] },
  { phase: 3, pollMs: 10 * SECOND, products: [vpc.FLOATING_IPS] },
  {
    phase: 3,
    pollMs: 10 * SECOND,
    products: [vpc.IMAGES, vpc.SNAPSHOTS, vpc.VOLUMES, vpc.SECURITY_GROUPS, vpc.NETWORK_ACLS],
  },
  { phase: 3, pollMs: 10 * SECOND, products: [vpc.VPCS] },
  { phase: 3, products: [vpc.SSH_KEYS, vpc.DEDICATED_HOSTS, vpc.PLACEMENT_GROUPS] },
  { phase: 3, products: [vpc.DEDICATED_HOST_GROUPS] },
  { phase: 4, pollMs: 15 * SECOND, products: [power.POWER_INSTANCES] },
  { phase: 4, products: [power.POWER_PORTS] },
  { phase: 4, products: [power.POWER_NETWORKS, power.POWER_SNAPSHOTS] },
  { phase: 4, products: [power.POWER_VOLUMES, power.POWER_IMAGES, power.POWER_KEYS] },
  { phase: 5, pollMs: 15 * SECOND, products: [classic.VIRTUAL_SERVERS, classic.BARE_METAL_SERVERS] },
  { phase: 5, pollMs: 15 * SECOND, products: [classic.NETWORK_STORAGE, classic.IMAGE_TEMPLATES] },
  { phase: 6, pollMs: 10 * SECOND, products: [SERVICE_INSTANCES] },
  { phase: 7, pollMs: 10 * SECOND, products: [RECLAMATIONS, SOFT_DELETED_INSTANCES] },
  { phase: 8, products: [REGISTRY_NAMESPACES, FUNCTIONS_NAMESPACES] },
  { phase: 9, products: [POLICIES] },
  { phase: 9, products: [ACCESS_GROUPS, TRUSTED_PROFILES, USERS, SERVICE_IDS] },
  { phase: 9, products: [CUSTOM_ROLES, CLUSTER_KEYS, API_KEYS] },
  { phase: 10, products: [RESOURCE_GROUPS] },
];

/** Everything that is looked for, each once. What has no end of its own is found by what is around it. */
export const PRODUCTS: readonly Product[] = [...new Set(PLAN.flatMap(({ products }) => products))];
