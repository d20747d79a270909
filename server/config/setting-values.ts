import { isIP } from 'node:net';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the server listens. Port 0 is any free one. */
export type Listen = { readonly host: string; readonly port: number };

/**
 * Whose word about the client's address is believed: nobody's, every proxy's, that of so many proxies, or that of proxies
 * with these addresses or networks.
 */
export type TrustProxy = boolean | number | readonly string[];

/** What a text means, or what is wrong with it and what is allowed. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

const PORT_MAX = 65_535;
const PROXY_HOPS_MAX = 16;
/** A secret that is shorter can be guessed. */
const TOKEN_LENGTH_MIN = 16;
const TOKEN_LENGTH_MAX = 255;
const MASTER_KEYS_MAX = 16;

/** `HOST:PORT`, with an IPv6 address in brackets. */
export function readListen(text: string): Reading<Listen> {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  const isHost = host !== undefined && (parts?.[1] === undefined ? isHostName(host) : isIP(host) === 6);
  if (isHost && port <= PORT_MAX) return { value: { host, port } };
  return {
    problem: `${JSON.stringify(text)} is not allowed; HOST:PORT is needed, such as 127.0.0.1:7420, [::1]:7420 or 0.0.0.0:7420`,
  };
}

/** Listeners of one server that have one pool each. */
const POOL_LISTENERS_MAX = 64;

/** `HOST:PORT=POOL`, with commas between several: where one pool has a listener of its own. */
export function readPoolListeners(text: string): Reading<readonly (Listen & { readonly pool: string })[]> {
  const listeners: (Listen & { readonly pool: string })[] = [];
  for (const part of text.split(',', POOL_LISTENERS_MAX)) {
    const [address = '', pool = '', ...more] = part.trim().split('=');
    const listen = readListen(address);
    if (pool === '' || more.length > 0 || !('value' in listen)) {
      return {
        problem: `${JSON.stringify(part.trim())} is not allowed; HOST:PORT=POOL is needed, such as 127.0.0.1:9000=web`,
      };
    }
    listeners.push({ ...listen.value, pool });
  }
  return { value: listeners };
}

function isHostName(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text);
}

export function readLogLevel(text: string): Reading<LogLevel> {
  const value = LOG_LEVELS.find((level) => level === text);
  if (value !== undefined) return { value };
  return { problem: `${JSON.stringify(text)} is not allowed; allowed values are ${LOG_LEVELS.join(', ')}` };
}

/** The problem never repeats the secret. */
export function readToken(text: string): Reading<string> {
  const isLongEnough = text.length >= TOKEN_LENGTH_MIN && text.length <= TOKEN_LENGTH_MAX;
  if (isLongEnough && /^[!-~]+$/.test(text)) return { value: text };
  return {
    problem: `the token is not allowed; ${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX} printable ASCII characters without spaces are needed`,
  };
}

/** Keys with commas or spaces between them. The problem never repeats one. */
export function readMasterKeys(text: string): Reading<readonly string[]> {
  const keys = text.split(/[\s,]+/).filter((word) => word !== '');
  const isKey = (word: string): boolean =>
    /^[0-9a-f]{64}$/i.test(word) || /^[A-Za-z0-9+/_-]{43}=?$/.test(word);
  if (keys.length > 0 && keys.length <= MASTER_KEYS_MAX && keys.every(isKey)) return { value: keys };
  return {
    problem:
      'the key is not allowed; 32 bytes in base64 or hex are needed, such as "openssl rand -base64 32" prints, and several with ' +
      'commas between them',
  };
}

export function readTrustProxy(text: string): Reading<TrustProxy> {
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  if (/^\d+$/.test(text) && Number(text) <= PROXY_HOPS_MAX) return { value: Number(text) };
  const networks = text.split(',').map((network) => network.trim());
  if (networks.every(isNetwork)) return { value: networks };
  return {
    problem:
      `${JSON.stringify(text)} is not allowed; allowed are true, false, a number of proxies up to ${PROXY_HOPS_MAX}, ` +
      'or their addresses and networks with commas between them, such as 10.0.0.0/8,192.168.1.4',
  };
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** What exec steps may run on this machine: nothing, anything, or programs of one folder, which is absolute. */
export type ExecSteps = 'off' | 'any' | { readonly folder: string };

/** `off`, `any`, or a folder; where that starts is for the caller to say. */
export function readExecSteps(text: string): Reading<'off' | 'any' | { readonly folder: string }> {
  if (text === 'off' || text === 'any') return { value: text };
  const reading = readPath(text);
  return 'value' in reading
    ? { value: { folder: reading.value } }
    : { problem: 'off, any or a folder is needed' };
}

/** A path of a file or folder; where it starts is for the caller to say. */
export function readPath(text: string): Reading<string> {
  return text === '' || text.includes('\0') ? { problem: 'a path is needed' } : { value: text };
}

/** The problem never repeats the address, which may hold a password. */
export function readSmtpUrl(text: string): Reading<string> {
  const url = URL.parse(text);
  const isSmtp = url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '';
  if (isSmtp) return { value: text };
  return {
    problem: 'the address is not allowed; smtp://HOST:PORT or smtps://USER:PASSWORD@HOST is needed',
  };
}

export function readMailAddress(text: string): Reading<string> {
  if (/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(text)) return { value: text };
  return {
    problem: `${JSON.stringify(text)} is not allowed; one address is needed, such as poolkeeper@example.org`,
  };
}
