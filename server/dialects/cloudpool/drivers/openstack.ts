import type { Json, JsonObject } from '@poolkeeper/core';
import type { CloudDriver, DriverInput } from '../cloud-driver.ts';
import {
  isBase64,
  isFlag,
  isObject,
  isText,
  isTexts,
  optional,
  requiredText,
  timeout,
} from './member-checks.ts';

/** Members that go into the template of the pool. Others are passed over, as clients of this API have come to expect. */
const TEXTS = ['size', 'image', 'keyPair', 'encodedUserData', 'floatingNetwork'];
const LISTS = ['securityGroups', 'networks'];
const TEMPLATE_MEMBERS = [...TEXTS, ...LISTS, 'assignFloatingIp', 'tags'];
/** The name is the value of a metadata item. */
const NAME_LENGTH_MAX = 255;

/** OpenStack: Keystone, Nova and Neutron. */
export const openstackCloudDriver: CloudDriver = driverOf('OpenStack');
/** The same API; machines say another provider. */
export const cityCloudDriver: CloudDriver = driverOf('CityCloud');

function driverOf(cloud: 'OpenStack' | 'CityCloud'): CloudDriver {
  return {
    driver: 'openstack',
    check: (configuration) => [
      ...nameFaults(configuration.name),
      ...settingsFaults(configuration.cloudApiSettings).map((reason) => `cloudApiSettings: ${reason}`),
      ...templateFaults(configuration.provisioningTemplate).map(
        (reason) => `provisioningTemplate: ${reason}`,
      ),
    ],
    providerOptions: ({ name }, settings) => ({ settings, cloudPool: name, cloud }),
    template: templateOf,
    place: { cloudProvider: cloud, region: 'unknown', machineSize: 'unknown' },
  };
}

function templateOf({ provisioningTemplate }: DriverInput): JsonObject {
  const known = Object.entries(provisioningTemplate).filter(
    ([name, value]) => TEMPLATE_MEMBERS.includes(name) && value !== null,
  );
  return Object.fromEntries(known);
}

function nameFaults(name: string): string[] {
  return name.length <= NAME_LENGTH_MAX ? [] : [`name: longer than ${NAME_LENGTH_MAX} characters`];
}

function settingsFaults(settings: JsonObject): string[] {
  return [
    ...authFaults(settings['auth'] ?? null),
    ...requiredText(settings, 'region'),
    ...['connectionTimeout', 'socketTimeout'].flatMap((name) => timeout(settings[name] ?? null, name)),
    ...optional(settings, 'logHttpRequests', isFlag, 'must be true or false'),
  ];
}

function authFaults(auth: Json): string[] {
  if (auth === null) return ['missing auth'];
  if (!isObject(auth)) return ['auth: must be an object'];
  const { v2Credentials = null, v3Credentials = null } = auth;
  return [...urlFaults(auth), ...credentialFaults(v2Credentials, v3Credentials)].map(
    (reason) => `auth: ${reason}`,
  );
}

function urlFaults(auth: JsonObject): string[] {
  const { keystoneUrl = null } = auth;
  if (keystoneUrl === '' || !isText(keystoneUrl)) return requiredText(auth, 'keystoneUrl');
  const url = URL.parse(keystoneUrl);
  // A user in a URL would be shown wherever the address is.
  const isGood =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  return isGood ? [] : ['keystoneUrl: must be an http or https URL without user, query and fragment'];
}

function credentialFaults(old: Json, now: Json): string[] {
  if (old === null && now === null) return ['neither v2Credentials nor v3Credentials given'];
  if (old !== null && now !== null) return ['both v2Credentials and v3Credentials given: give one of them'];
  if (old !== null) {
    if (!isObject(old)) return ['v2Credentials: must be an object'];
    return ['tenantName', 'userName', 'password']
      .flatMap((name) => requiredText(old, name))
      .map((reason) => `v2Credentials: ${reason}`);
  }
  if (!isObject(now)) return ['v3Credentials: must be an object'];
  return [...requiredText(now, 'password'), ...whoFaults(now, 'user'), ...whoFaults(now, 'project')].map(
    (reason) => `v3Credentials: ${reason}`,
  );
}

/** By its id, or by its name in a domain. */
function whoFaults(credentials: JsonObject, who: 'user' | 'project'): string[] {
  if ((credentials[`${who}Id`] ?? null) !== null) return requiredText(credentials, `${who}Id`);
  if ((credentials[`${who}Name`] ?? null) === null) return [`missing ${who}Id or ${who}Name`];
  const name = requiredText(credentials, `${who}Name`);
  const domains = [`${who}DomainId`, `${who}DomainName`].filter((one) => (credentials[one] ?? null) !== null);
  const [domain] = domains;
  if (domain === undefined) return [...name, `missing ${who}DomainId or ${who}DomainName`];
  if (domains.length > 1)
    return [...name, `both ${who}DomainId and ${who}DomainName given: give one of them`];
  return [...name, ...requiredText(credentials, domain)];
}

function templateFaults(template: JsonObject): string[] {
  const { tags = null } = template;
  return [
    ...requiredText(template, 'size'),
    ...requiredText(template, 'image'),
    ...['keyPair', 'floatingNetwork'].flatMap((name) => optional(template, name, isText, 'must be a text')),
    ...LISTS.flatMap((name) => optional(template, name, isTexts, 'must be a list of texts')),
    ...optional(template, 'encodedUserData', isBase64, 'must be base64'),
    ...optional(template, 'assignFloatingIp', isFlag, 'must be true or false'),
    ...(tags === null || (isObject(tags) && isTexts(Object.values(tags)))
      ? []
      : ['tags: must be an object of texts by name']),
  ];
}
