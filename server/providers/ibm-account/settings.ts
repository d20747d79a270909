import { parseDuration } from '@poolkeeper/core';
import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { escapePointer, unknownOptions } from '../driver.ts';
import { isObject } from './json.ts';
import { ADDRESSES, REGIONS, SERVICE_NAMES } from './services.ts';
import type { Addresses, ServiceName } from './services.ts';

/** What a provider of this driver is configured with. Durations are milliseconds. */
export type Settings = {
  readonly addresses: Addresses;
  /** Where accounts are looked at that do not say it themselves. */
  readonly regions: readonly string[];
  /** Numbers of accounts that are never touched. */
  readonly denied: ReadonlySet<string>;
  /** Services that have to answer: one that forbids to be looked at is a failure, not nothing there. */
  readonly required: ReadonlySet<ServiceName>;
  /** Calls under way for one account. */
  readonly concurrency: number;
  readonly dryRun: boolean;
  /** New keys cannot be deleted before somebody unlocks them. */
  readonly locksKeys: boolean;
  /** What a rotation of an account with user name and password is: a failure, or nothing. */
  readonly passwords: 'refuse' | 'leave';
  /** A key that ends sooner is not good any more. */
  readonly expiryMsMin: number;
  readonly answerMsMax: number;
  /** How long what was deleted is waited for, phase by phase. */
  readonly phaseMsMax: number;
  readonly clusterMsMax: number;
};

type Checked = { readonly settings: Settings } | { readonly faults: readonly InputFault[] };

const OPTIONS = [
  'addresses',
  'regions',
  'denyAccounts',
  'requireServices',
  'concurrency',
  'dryRun',
  'lockKeys',
  'passwordAccounts',
  'keyExpiryMin',
  'timeouts',
] as const;
const TIMEOUTS = ['answer', 'phase', 'clusters'] as const;
const CONCURRENCY = { least: 1, most: 32, usual: 8 };
const LIST_MAX = 1_000;
const URL_LENGTH_MAX = 1_024;
const MS_PER_DAY = 86_400_000;
/** The name of a region becomes a part of an address. */
export const REGION = /^[a-z]{2,8}(-[a-z0-9]{1,16}){0,3}$/;
/** 32 hex digits in practice. */
export const ACCOUNT = /^[0-9A-Za-z_-]{1,64}$/;

/** Reads the options, or says what is wrong with each member: pointers are relative to the options. */
export function readSettings(options: JsonObject): Checked {
  const reader = new Reader(unknownOptions(options, OPTIONS));
  const timeouts = options['timeouts'] ?? {};
  const times = isObject(timeouts) ? timeouts : {};
  if (!isObject(timeouts)) reader.fault('/timeouts', 'An object such as { phase: "10m" } is needed.');
  for (const { pointer, message } of unknownOptions(times, TIMEOUTS)) {
    reader.fault(`/timeouts${pointer}`, message.replace('this driver', 'this member'));
  }
  const settings: Settings = {
    addresses: readAddresses(reader, options['addresses']),
    regions: reader.names(options, 'regions', { pattern: REGION, example: '["us-south"]' }) ?? REGIONS,
    denied: new Set(
      reader.names(options, 'denyAccounts', { pattern: ACCOUNT, example: '["0123abcd"]' }) ?? [],
    ),
    required: new Set(readServices(reader, options)),
    concurrency: reader.concurrency(options),
    dryRun: reader.flag(options, 'dryRun'),
    locksKeys: reader.flag(options, 'lockKeys'),
    passwords: reader.passwords(options),
    expiryMsMin: reader.duration(options['keyExpiryMin'], '/keyExpiryMin', {
      usual: MS_PER_DAY,
      most: 365 * MS_PER_DAY,
    }),
    answerMsMax: reader.duration(times['answer'], '/timeouts/answer', { usual: 30_000, most: 10 * 60_000 }),
    phaseMsMax: reader.duration(times['phase'], '/timeouts/phase', { usual: 10 * 60_000, most: MS_PER_DAY }),
    clusterMsMax: reader.duration(times['clusters'], '/timeouts/clusters', {
      usual: 60 * 60_000,
      most: MS_PER_DAY,
    }),
  };
  return reader.faults.length > 0 ? { faults: reader.faults } : { settings };
}

function readAddresses(reader: Reader, given: Json | undefined): Addresses {
  const addresses: Record<ServiceName, string | null> = { ...ADDRESSES };
  if (given === undefined) return addresses;
  if (!isObject(given)) {
    reader.fault('/addresses', 'An object is needed: the name of a service, and its address.');
    return addresses;
  }
  for (const [name, value] of Object.entries(given)) {
    const pointer = `/addresses/${escapePointer(name)}`;
    const service = SERVICE_NAMES.find((known) => known === name);
    if (service === undefined) {
      reader.fault(pointer, `There is no service "${name}". Known: ${SERVICE_NAMES.join(', ')}.`);
    } else if (value === null && service !== 'iam') {
      addresses[service] = null;
    } else if (typeof value === 'string' && isPlainUrl(value)) {
      addresses[service] = value.replace(/\/+$/, '');
    } else {
      reader.fault(
        pointer,
        'An address such as "https://{region}.iaas.cloud.ibm.com" is needed, without user, "?" and "#"; null leaves a service out, but not iam.',
      );
    }
  }
  return addresses;
}

function readServices(reader: Reader, options: JsonObject): readonly ServiceName[] {
  const names =
    reader.names(options, 'requireServices', { pattern: /^[a-zA-Z]{1,32}$/, example: '["vpc"]' }) ?? [];
  const known = names.flatMap((name) => SERVICE_NAMES.find((service) => service === name) ?? []);
  if (known.length < names.length) {
    reader.fault('/requireServices', `One of these is no service. Known: ${SERVICE_NAMES.join(', ')}.`);
  }
  return known;
}

type Names = { readonly pattern: RegExp; readonly example: string };
type Span = { readonly usual: number; readonly most: number };

/** Reads members one by one and gathers what is wrong; a wrong one is read as something harmless. */
class Reader {
  readonly faults: InputFault[];

  constructor(faults: InputFault[]) {
    this.faults = faults;
  }

  fault(pointer: string, message: string): void {
    this.faults.push({ pointer, message });
  }

  names(from: JsonObject, name: string, { pattern, example }: Names): readonly string[] | undefined {
    const value = from[name];
    if (value === undefined) return undefined;
    const list = textsOf(value);
    if (list !== undefined && list.length <= LIST_MAX && list.every((text) => pattern.test(text)))
      return list;
    this.fault(`/${name}`, `A list of at most ${LIST_MAX} texts is needed, such as ${example}.`);
    return undefined;
  }

  concurrency({ concurrency = CONCURRENCY.usual }: JsonObject): number {
    const { least, most, usual } = CONCURRENCY;
    const isGood = typeof concurrency === 'number' && Number.isSafeInteger(concurrency);
    if (isGood && concurrency >= least && concurrency <= most) return concurrency;
    this.fault('/concurrency', `A whole number of ${least} to ${most} is needed.`);
    return usual;
  }

  flag(from: JsonObject, name: string): boolean {
    const value = from[name] ?? false;
    if (typeof value === 'boolean') return value;
    this.fault(`/${name}`, 'true or false is needed.');
    return false;
  }

  passwords({ passwordAccounts = 'refuse' }: JsonObject): 'refuse' | 'leave' {
    if (passwordAccounts === 'refuse' || passwordAccounts === 'leave') return passwordAccounts;
    this.fault('/passwordAccounts', 'One of refuse, leave is needed.');
    return 'refuse';
  }

  duration(value: Json | undefined, pointer: string, { usual, most }: Span): number {
    if (value === undefined) return usual;
    const durationMs = typeof value === 'string' ? parseDuration(value) : undefined;
    if (durationMs !== undefined && durationMs > 0 && durationMs <= most) return durationMs;
    this.fault(pointer, `A duration of at most ${most / 1_000}s is needed, such as "10m".`);
    return usual;
  }
}

export function textsOf(value: Json): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = (value as readonly Json[]).filter((text): text is string => typeof text === 'string');
  return texts.length === value.length ? texts : undefined;
}

function isPlainUrl(text: string): boolean {
  const filled = text.replaceAll(/\{(region|registry|power)\}/g, 'x');
  if (text.length > URL_LENGTH_MAX || !URL.canParse(filled)) return false;
  const { protocol, username, password, search, hash } = new URL(filled);
  const isPlain = username === '' && password === '' && search === '' && hash === '';
  return isPlain && (protocol === 'http:' || protocol === 'https:');
}
