/**
 * The services that are called, with their addresses. `{region}` stands for a region of the account, and a service with it is asked in each;
 * null: not asked, unless an address is configured.
 */
export const ADDRESSES = {
  iam: 'https://iam.cloud.ibm.com',
  accounts: 'https://accounts.cloud.ibm.com',
  userManagement: 'https://user-management.cloud.ibm.com',
  resourceController: 'https://resource-controller.cloud.ibm.com',
  search: 'https://api.global-search-tagging.cloud.ibm.com',
  containers: 'https://containers.cloud.ibm.com/global',
  codeEngine: 'https://api.{region}.codeengine.cloud.ibm.com',
  schematics: 'https://schematics.cloud.ibm.com',
  toolchains: 'https://api.{region}.devops.cloud.ibm.com/toolchain',
  vpc: 'https://{region}.iaas.cloud.ibm.com',
  power: 'https://{power}.power-iaas.cloud.ibm.com',
  classic: 'https://api.softlayer.com/rest/v3.1',
  registry: 'https://{registry}.icr.io',
  /** IBM ended Cloud Functions in 2024; what it answers from is not known to last. */
  functions: null,
} as const;

export type ServiceName = keyof typeof ADDRESSES;
export const SERVICE_NAMES = Object.keys(ADDRESSES) as readonly ServiceName[];
export type Addresses = Readonly<Record<ServiceName, string | null>>;

/** Is a service offered in every region? Where it has no address then there is no such region. */
export function isEverywhere(service: ServiceName): boolean {
  return service === 'vpc';
}

/** What two services call a region in their addresses; in one that is not here they are not offered. */
const REGISTRIES: Readonly<Record<string, string>> = {
  'us-south': 'us',
  'eu-gb': 'uk',
  'eu-de': 'de',
  'eu-es': 'es',
  'au-syd': 'au',
  'jp-tok': 'jp',
  'jp-osa': 'jp2',
  'ca-tor': 'ca',
  'br-sao': 'br',
};
const POWER_REGIONS: Readonly<Record<string, string>> = {
  'us-south': 'us-south',
  'us-east': 'us-east',
  'eu-gb': 'lon',
  'eu-de': 'eu-de',
  'eu-es': 'mad',
  'au-syd': 'syd',
  'jp-tok': 'tok',
  'jp-osa': 'osa',
  'ca-tor': 'tor',
  'ca-mon': 'mon',
  'br-sao': 'sao',
};

/** Where a holder could have made something, if nobody says that less is to be looked at. */
export const REGIONS: readonly string[] = Object.keys(POWER_REGIONS);

/** Is a service asked in each region? */
export function isRegional(addresses: Addresses, service: ServiceName): boolean {
  return /\{(region|registry|power)\}/.test(addresses[service] ?? '');
}

/** The address of a service in a region, without a slash at its end; undefined where it is not asked there. */
export function addressOf(addresses: Addresses, service: ServiceName, region: string): string | undefined {
  const template = addresses[service];
  if (template === null) return undefined;
  const words: Readonly<Record<string, string | undefined>> = {
    region,
    registry: REGISTRIES[region],
    power: POWER_REGIONS[region],
  };
  let isOffered = true;
  const address = template.replaceAll(/\{(region|registry|power)\}/g, (_all, word: string) => {
    const found = words[word];
    isOffered &&= found !== undefined;
    return found ?? '';
  });
  return isOffered ? address : undefined;
}
