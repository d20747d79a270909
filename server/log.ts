import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, LevelWithSilent } from 'pino';
import type { Logger } from './logger.ts';

/** Members that may hold a secret, wherever somebody logs them by mistake. */
const SECRET_PATHS = ['authorization', 'secret', 'token', 'password', 'key', 'hash'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);
/** A secret inside a text: of tokens, and of whatever else was sent as one. */
const SECRET_TEXT = /\bpk_[A-Za-z0-9_-]{8,}|\b(Bearer|Basic) [A-Za-z0-9+/=._~-]{8,}/gi;

export type LogOptions = {
  readonly level: LevelWithSilent;
  /** Standard output, where nothing is said. */
  readonly destination?: DestinationStream;
};

/** The server's log: a line of JSON for each entry, with RFC 3339 instants and without secrets. */
export function createLogger({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    // One process, one machine: who reads the log knows which.
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: '[secret]' },
    hooks: { streamWrite: (line: string) => line.replace(SECRET_TEXT, '[secret]') },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
