import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { escapePointer } from '../driver.ts';

/** Who logs in, as the body of a login wants it; one of the two dialects of Keystone. */
export type Credentials =
  | {
      readonly kind: 'v2';
      readonly tenantName: string;
      readonly userName: string;
      readonly password: string;
    }
  | {
      readonly kind: 'v3';
      readonly user: { readonly id: string } | NameInDomain;
      readonly password: string;
      readonly project: { readonly id: string } | NameInDomain;
    };

export type NameInDomain = {
  readonly name: string;
  readonly domain: { readonly id: string } | { readonly name: string };
};

/** How a cloud is reached. Durations are milliseconds. */
export type Settings = {
  readonly keystoneUrl: string;
  readonly credentials: Credentials;
  readonly region: string;
  readonly connectionMsMax: number;
  readonly socketMsMax: number;
  readonly logHttpRequests: boolean;
};

/** What clouds of this kind are given where nothing is said. Milliseconds. */
const TIMEOUT_MS_DEFAULT = 10_000;
const TIMEOUT_MS_MAX = 60_000;
const TEXT_LENGTH_MAX = 1_024;
const URL_MEANING = 'The address of Keystone is needed, such as "https://cloud.example:5000/v3".';
const ONE_OF_TWO = 'Exactly one of v2Credentials and v3Credentials is needed.';

type Checked = { readonly settings: Settings } | { readonly faults: readonly InputFault[] };

/**
 * Reads how a cloud is reached, or says what is wrong with each member: pointers are relative to the settings. What a message shows
 * is never a value, since values may be secret. Members that nobody knows are let be, as configurations made for others have them.
 */
export function readSettings(input: JsonObject): Checked {
  const reader = new Reader();
  const auth = reader.object(input, 'auth', '');
  const settings = {
    keystoneUrl: reader.url(auth, 'keystoneUrl', '/auth'),
    credentials: readCredentials(reader, auth),
    region: reader.text(input, 'region', ''),
    connectionMsMax: reader.timeout(input, 'connectionTimeout'),
    socketMsMax: reader.timeout(input, 'socketTimeout'),
    logHttpRequests: reader.flag(input, 'logHttpRequests'),
  };
  return reader.faults.length > 0 ? { faults: reader.faults } : { settings };
}

function readCredentials(reader: Reader, auth: JsonObject): Credentials {
  const { v2Credentials: old, v3Credentials: now } = auth;
  if ((old === undefined) === (now === undefined)) {
    reader.fault('/auth', ONE_OF_TWO);
    return { kind: 'v2', tenantName: '', userName: '', password: '' };
  }
  if (old !== undefined) {
    const at = '/auth/v2Credentials';
    const given = reader.object(auth, 'v2Credentials', '/auth');
    return {
      kind: 'v2',
      tenantName: reader.text(given, 'tenantName', at),
      userName: reader.text(given, 'userName', at),
      password: reader.text(given, 'password', at),
    };
  }
  const given = reader.object(auth, 'v3Credentials', '/auth');
  return {
    kind: 'v3',
    user: reader.named(given, 'user'),
    password: reader.text(given, 'password', '/auth/v3Credentials'),
    project: reader.named(given, 'project'),
  };
}

/** Reads members one by one and gathers what is wrong; a wrong one is read as something harmless. */
class Reader {
  readonly faults: InputFault[] = [];

  fault(pointer: string, message: string): void {
    this.faults.push({ pointer, message });
  }

  object(from: JsonObject, name: string, at: string): JsonObject {
    const value = from[name];
    if (isObject(value)) return value;
    // What lies in a member that is missing is not missed one by one.
    this.fault(`${at}/${escapePointer(name)}`, 'An object is needed.');
    return {};
  }

  text(from: JsonObject, name: string, at: string): string {
    const value = from[name];
    if (typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX) return value;
    this.fault(`${at}/${name}`, `A text of 1 to ${TEXT_LENGTH_MAX} characters is needed.`);
    return '';
  }

  /** `userId`, or `userName` with one of `userDomainId` and `userDomainName`; the same for a project. */
  named(from: JsonObject, what: 'user' | 'project'): { id: string } | NameInDomain {
    const at = '/auth/v3Credentials';
    if (from[`${what}Id`] !== undefined) return { id: this.text(from, `${what}Id`, at) };
    if (from[`${what}Name`] === undefined) {
      this.fault(
        at,
        `${what}Id is needed, or ${what}Name with one of ${what}DomainId and ${what}DomainName.`,
      );
      return { id: '' };
    }
    const name = this.text(from, `${what}Name`, at);
    const [id, domainName] = [from[`${what}DomainId`], from[`${what}DomainName`]];
    if ((id === undefined) === (domainName === undefined)) {
      this.fault(at, `${what}Name needs exactly one of ${what}DomainId and ${what}DomainName.`);
      return { id: '' };
    }
    if (id !== undefined) return { name, domain: { id: this.text(from, `${what}DomainId`, at) } };
    return { name, domain: { name: this.text(from, `${what}DomainName`, at) } };
  }

  url(from: JsonObject, name: string, at: string): string {
    const value = from[name];
    if (typeof value === 'string' && isPlainUrl(value)) return value.replace(/\/+$/, '');
    this.fault(`${at}/${name}`, `${URL_MEANING} It has no user, no "?" and no "#".`);
    return '';
  }

  timeout(from: JsonObject, name: string): number {
    const value = from[name] ?? TIMEOUT_MS_DEFAULT;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) {
      return Math.min(value, TIMEOUT_MS_MAX);
    }
    this.fault(`/${name}`, 'A whole number of milliseconds above 0 is needed.');
    return TIMEOUT_MS_DEFAULT;
  }

  flag(from: JsonObject, name: string): boolean {
    const value = from[name] ?? false;
    if (typeof value === 'boolean') return value;
    this.fault(`/${name}`, 'true or false is needed.');
    return false;
  }
}

function isPlainUrl(text: string): boolean {
  if (text.length > TEXT_LENGTH_MAX || !URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  const isPlain = username === '' && password === '' && search === '' && hash === '';
  return isPlain && (protocol === 'http:' || protocol === 'https:');
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
