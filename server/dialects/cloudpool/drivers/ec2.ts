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
const TEXTS = ['instanceType', 'amiId', 'keyPair', 'iamInstanceProfileARN', 'encodedUserData'];
const LISTS = ['subnetIds', 'securityGroupIds'];
const FLAGS = ['assignPublicIp', 'ebsOptimized'];
const TEMPLATE_MEMBERS = [...TEXTS, ...LISTS, ...FLAGS, 'tags', 'spot'];
const INSTANCE_TYPE = /^[a-z0-9-]+\.[a-z0-9-]+$/;
/** The name is the value of a tag. */
const NAME_LENGTH_MAX = 256;

/**
 * AWS EC2, on demand and spot. With `bidPrice` in `cloudApiSettings`, as configurations of spot pools have it, machines are spot ones;
 * periods of spot pools are of no effect, since no request outlives its machine.
 */
export const ec2CloudDriver: CloudDriver = {
  driver: 'ec2',
  check: (configuration) => [
    ...nameFaults(configuration.name),
    ...settingsFaults(configuration.cloudApiSettings).map((reason) => `cloudApiSettings: ${reason}`),
    ...templateFaults(configuration.provisioningTemplate).map((reason) => `provisioningTemplate: ${reason}`),
  ],
  providerOptions: ({ name }, settings) => ({ settings, cloudPool: name }),
  template: templateOf,
  place: { cloudProvider: 'AWS-EC2', region: 'unknown', machineSize: 'unknown' },
};

function templateOf({ cloudApiSettings, provisioningTemplate }: DriverInput): JsonObject {
  const bidPrice = cloudApiSettings['bidPrice'] ?? null;
  const members = { ...(bidPrice === null ? {} : { spot: { bidPrice } }), ...provisioningTemplate };
  const known = Object.entries(members).filter(
    ([name, value]) => TEMPLATE_MEMBERS.includes(name) && value !== null,
  );
  return Object.fromEntries(known);
}

function nameFaults(name: string): string[] {
  return name.length <= NAME_LENGTH_MAX ? [] : [`name: longer than ${NAME_LENGTH_MAX} characters`];
}

function settingsFaults(settings: JsonObject): string[] {
  return [
    ...['awsAccessKeyId', 'awsSecretAccessKey', 'region'].flatMap((name) => requiredText(settings, name)),
    ...['connectionTimeout', 'socketTimeout'].flatMap((name) => timeout(settings[name] ?? null, name)),
    ...priceFaults(settings['bidPrice'] ?? null),
    ...optional(settings, 'endpoint', isText, 'must be a text'),
  ];
}

function templateFaults(template: JsonObject): string[] {
  const { instanceType, amiId = null, image = null, subnetIds = null, tags = null, spot = null } = template;
  const isType = typeof instanceType !== 'string' || instanceType === '' || INSTANCE_TYPE.test(instanceType);
  return [
    ...requiredText(template, 'instanceType'),
    ...(isType ? [] : [`unrecognized instanceType: ${instanceType}`]),
    ...(amiId === null && image !== null
      ? ['missing amiId ("image" is not known: name it "amiId")']
      : requiredText(template, 'amiId')),
    ...(subnetIds === null ? ['missing subnetIds'] : []),
    ...(Array.isArray(subnetIds) && subnetIds.length === 0
      ? ['at least one subnet id must be specified']
      : []),
    ...LISTS.flatMap((name) => optional(template, name, isTexts, 'must be a list of texts')),
    ...['keyPair', 'iamInstanceProfileARN'].flatMap((name) =>
      optional(template, name, isText, 'must be a text'),
    ),
    ...optional(template, 'encodedUserData', isBase64, 'must be base64'),
    ...FLAGS.flatMap((name) => optional(template, name, isFlag, 'must be true or false')),
    ...(tags === null || (isObject(tags) && isTexts(Object.values(tags)))
      ? []
      : ['tags: must be an object of texts by name']),
    ...(spot === null || isObject(spot) ? [] : ['spot: must be an object']),
    ...(isObject(spot) ? priceFaults(spot['bidPrice'] ?? null).map((reason) => `spot: ${reason}`) : []),
  ];
}

/** A price is kept to six decimals, and what is nothing then is none. */
function priceFaults(value: Json): string[] {
  if (value === null) return [];
  const isPrice = typeof value === 'number' || (typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value));
  const price = isPrice ? Number(Number(value).toFixed(6)) : Number.NaN;
  return price > 0 ? [] : [`bidPrice must be > 0, set to ${JSON.stringify(value)}`];
}
