import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { escapePointer } from '../driver.ts';
import { fault, isObject } from './shape.ts';
import { isOwnTag } from './tags.ts';

/** What a machine is made from. */
export type Ec2Template = {
  readonly instanceType: string;
  readonly amiId: string;
  readonly subnetIds: readonly string[];
  readonly assignPublicIp: boolean;
  readonly ebsOptimized: boolean;
  readonly keyPair: string | null;
  readonly iamInstanceProfileARN: string | null;
  readonly securityGroupIds: readonly string[];
  /** Base64. */
  readonly encodedUserData: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Null: on demand. `bidPrice` is the most that an hour may cost, in US dollars as EC2 takes it; null: what it costs on demand. */
  readonly spot: { readonly bidPrice: string | null } | null;
};

const MEMBERS = [
  'instanceType',
  'amiId',
  'subnetIds',
  'assignPublicIp',
  'keyPair',
  'iamInstanceProfileARN',
  'securityGroupIds',
  'encodedUserData',
  'ebsOptimized',
  'tags',
  'spot',
  'labels',
  'params',
];
/** What EC2 takes; of the 50 tags of a machine some are the provider's. */
const INSTANCE_TYPE = /^[a-z0-9-]{1,32}\.[a-z0-9-]{1,32}$/;
const AMI = /^(?:ami-[0-9a-z]{1,40}|resolve:ssm:.{1,1000})$/;
const SUBNET = /^subnet-[0-9a-z]{1,40}$/;
const GROUP = /^sg-[0-9a-z]{1,40}$/;
const PROFILE = /^arn:aws[a-z-]*:iam::\d{12}:instance-profile\/.{1,1000}$/;
const KEY_PAIR = /^[\x20-\x7e]{1,255}$/;
const SUBNETS_MAX = 64;
const GROUPS_MAX = 16;
const TAGS_MAX = 40;
const TAG_NAME_LENGTH_MAX = 128;
const TAG_VALUE_LENGTH_MAX = 256;
const USER_DATA_BYTES_MAX = 16 * 1_024;
const PRICE_MAX = 10_000;

type Checked = { readonly template: Ec2Template } | { readonly faults: readonly InputFault[] };

/** Reads the template of a pool of EC2 machines, or says what is wrong about each member. Members that are null count as left out. */
export function readTemplate(input: JsonObject | null): Checked {
  const members = Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value !== null));
  const faults: InputFault[] = Object.keys(members)
    .filter((name) => !MEMBERS.includes(name))
    .map((name) => fault(`/${escapePointer(name)}`, unknownMember(name)));
  const read = new Reader(members, faults);
  const template: Ec2Template = {
    instanceType: read.required('instanceType', INSTANCE_TYPE, 'An instance type such as "m5.large"'),
    amiId: read.required('amiId', AMI, 'The id of an image, such as "ami-0123456789abcdef0",'),
    subnetIds: read.list('subnetIds', SUBNET, { min: 1, max: SUBNETS_MAX, what: 'ids of subnets' }),
    assignPublicIp: read.flag('assignPublicIp'),
    ebsOptimized: read.flag('ebsOptimized'),
    keyPair: read.text('keyPair', KEY_PAIR, 'The name of a key pair'),
    iamInstanceProfileARN: read.text(
      'iamInstanceProfileARN',
      PROFILE,
      'An ARN such as "arn:aws:iam::123456789012:instance-profile/web"',
    ),
    securityGroupIds: read.list('securityGroupIds', GROUP, {
      min: 0,
      max: GROUPS_MAX,
      what: 'ids of security groups, such as "sg-0123456789abcdef0"',
    }),
    encodedUserData: read.userData(),
    tags: read.tags(),
    spot: read.spot(),
  };
  read.checkLabels();
  return faults.length > 0 ? { faults } : { template };
}

function unknownMember(name: string): string {
  if (name === 'image') return '"image" is not known: name it "amiId".';
  if (name === 'bidPrice') return '"bidPrice" is not known here: name it "spot": {"bidPrice": …}.';
  return `"${name}" is not known. Allowed: ${MEMBERS.join(', ')}.`;
}

/** Members of one template, each read by its rule; what is wrong is gathered. */
class Reader {
  readonly #members: JsonObject;
  readonly #faults: InputFault[];

  constructor(members: JsonObject, faults: InputFault[]) {
    this.#members = members;
    this.#faults = faults;
  }

  required(name: string, pattern: RegExp, what: string): string {
    if (this.#members[name] === undefined) this.#wrong(name, `${what} is needed.`.replace(',.', '.'));
    return this.text(name, pattern, what) ?? '';
  }

  text(name: string, pattern: RegExp, what: string): string | null {
    const value = this.#members[name];
    if (value === undefined) return null;
    if (typeof value === 'string' && pattern.test(value)) return value;
    this.#wrong(name, `${what} is needed.`);
    return null;
  }

  flag(name: string): boolean {
    const value = this.#members[name] ?? false;
    if (typeof value !== 'boolean') this.#wrong(name, 'true or false is needed.');
    return value === true;
  }

  list(
    name: string,
    pattern: RegExp,
    rule: { readonly min: number; readonly max: number; readonly what: string },
  ): readonly string[] {
    const value = this.#members[name] ?? [];
    const isList = Array.isArray(value) && value.length >= rule.min && value.length <= rule.max;
    if (!isList) {
      this.#wrong(name, `A list of ${rule.min} to ${rule.max} ${rule.what} is needed.`);
      return [];
    }
    for (const [index, item] of value.entries()) {
      const isGood = typeof item === 'string' && pattern.test(item);
      if (!isGood) this.#wrong(`${name}/${index}`, `One of the ${rule.what} is needed.`);
    }
    return value as string[];
  }

  userData(): string | null {
    const value = this.#members['encodedUserData'];
    if (value === undefined) return null;
    if (typeof value === 'string' && isBase64(value)) {
      if (Buffer.from(value, 'base64').length <= USER_DATA_BYTES_MAX) return value;
      this.#wrong(
        'encodedUserData',
        `At most ${USER_DATA_BYTES_MAX / 1_024} KiB, before they are encoded, are taken.`,
      );
    } else {
      this.#wrong('encodedUserData', 'Base64 is needed: encode it, such as with "base64 -w0 boot.sh".');
    }
    return null;
  }

  tags(): Readonly<Record<string, string>> {
    const value = this.#members['tags'] ?? {};
    if (!isObject(value) || Object.keys(value).length > TAGS_MAX) {
      this.#wrong('tags', `An object of at most ${TAGS_MAX} texts by name is needed.`);
      return {};
    }
    for (const [name, text] of Object.entries(value)) {
      const problem = problemOfTag(name, text);
      if (problem !== null) this.#wrong(`tags/${escapePointer(name)}`, problem);
    }
    return value as Readonly<Record<string, string>>;
  }

  spot(): Ec2Template['spot'] {
    const value = this.#members['spot'];
    if (value === undefined) return null;
    if (!isObject(value)) {
      this.#wrong('spot', 'An object such as {"bidPrice": 0.05} is needed, or {} for any price.');
      return null;
    }
    for (const name of Object.keys(value).filter((key) => key !== 'bidPrice')) {
      this.#wrong(`spot/${escapePointer(name)}`, `"${name}" is not known. Allowed: bidPrice.`);
    }
    const { bidPrice } = value;
    if (bidPrice === undefined || bidPrice === null) return { bidPrice: null };
    const price = readPrice(bidPrice);
    if (price === undefined) {
      this.#wrong('spot/bidPrice', `A price of an hour is needed: more than 0, at most ${PRICE_MAX}.`);
      return null;
    }
    return { bidPrice: price };
  }

  checkLabels(): void {
    const { labels, params } = this.#members;
    if (params !== undefined && !isObject(params)) this.#wrong('params', 'An object is needed.');
    if (labels === undefined) return;
    if (!isObject(labels)) return this.#wrong('labels', 'An object of texts by name is needed.');
    for (const [name, text] of Object.entries(labels)) {
      if (typeof text !== 'string') this.#wrong(`labels/${escapePointer(name)}`, 'A text is needed.');
    }
  }

  #wrong(path: string, message: string): void {
    this.#faults.push(fault(`/${path}`, message));
  }
}

/** A price as EC2 takes it, with six decimals; undefined when it is none, or less than that. */
function readPrice(value: Json): string | undefined {
  const isPrice = typeof value === 'number' || (typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value));
  const price = isPrice ? Number(value) : Number.NaN;
  if (!(price > 0 && price <= PRICE_MAX)) return undefined;
  const text = price.toFixed(6);
  return Number(text) > 0 ? text : undefined;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function problemOfTag(name: string, value: Json): string | null {
  if (isOwnTag(name)) return `The tag "${name}" is set for each machine.`;
  if (name.toLowerCase().startsWith('aws:')) return 'Tags that begin with "aws:" are AWS’s own.';
  if (name === '' || name.length > TAG_NAME_LENGTH_MAX) {
    return `A tag is named with 1 to ${TAG_NAME_LENGTH_MAX} characters.`;
  }
  if (typeof value === 'string' && value.length <= TAG_VALUE_LENGTH_MAX) return null;
  return `A text of at most ${TAG_VALUE_LENGTH_MAX} characters is needed; put numbers in quotes.`;
}
