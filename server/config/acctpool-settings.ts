import { resolve } from 'node:path';
import { readSettings } from './environment.ts';
import type { Settings } from './environment.ts';
import { FlagReader } from './flag-reader.ts';
import type { FlagSources } from './flag-reader.ts';
import type { Listen } from './setting-values.ts';

/** What the command line of the drop-in says, as it was typed. It wins over the environment. */
export type AcctpoolFlags = {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
  readonly data?: string;
  readonly cleaner?: string;
  readonly listen?: string;
  readonly logLevel?: string;
};

/** Who looks after the accounts. `program`: absolute, or a name that is looked for in `PATH`. */
export type AccountCleaner =
  | { readonly kind: 'exec'; readonly program: string }
  | { readonly kind: 'ibm' }
  /** Nobody: accounts are given out as they come back. */
  | { readonly kind: 'none' };

/** How the drop-in for an acctpool is served. */
export type AcctpoolSettings = {
  /** The configuration file, as it was given, since faults repeat it. */
  readonly path: string;
  /** Absolute; files that it names start there. */
  readonly directory: string;
  readonly listen: Listen;
  readonly cleaner: AccountCleaner;
  /** Variables of the original that say nothing here. */
  readonly ignoredVariables: readonly string[];
};

const CONFIG_DEFAULT = 'config.yml';
const PORT_DEFAULT = 8_080;
/** The original listens at all addresses; whoever comes has to show a token. */
const HOST_DEFAULT = '0.0.0.0';
/** The native API is for administrators on this machine; whoever wants a steady port says so. */
const LISTEN_DEFAULT = '127.0.0.1:0';
const EXEC = 'exec:';
const UNCLEAN = 'none-i-accept-unclean';
/** The original did not start without the first two, and used them for nothing. */
const IGNORED = /^CLOUDANT_/;

/**
 * How the drop-in is to run: what the original read from its environment, and options of ours.
 *
 * Errors: `SettingsError` with everything that is wrong; also where nobody said how accounts are cleaned.
 */
export function readAcctpoolSettings(sources: FlagSources<AcctpoolFlags>): {
  server: Settings;
  acctpool: AcctpoolSettings;
} {
  const { environment, workingDirectory } = sources;
  const reader = new FlagReader(sources);
  const path = reader.text('config', 'POOLKEEPER_ACCTPOOL_CONFIG') ?? CONFIG_DEFAULT;
  const port = reader.port('port', 'PORT') ?? PORT_DEFAULT;
  const cleaner = readCleaner(reader, workingDirectory);
  const data = reader.text('data');
  const logLevel = reader.text('logLevel');
  const server = reader.take(() =>
    readSettings({
      flags: {
        listen: reader.text('listen', 'POOLKEEPER_LISTEN') ?? LISTEN_DEFAULT,
        ...(data === null ? {} : { data }),
        ...(logLevel === null ? {} : { logLevel }),
      },
      environment: { ...environment, POOLKEEPER_CONFIG: undefined },
      workingDirectory,
      isDropIn: true,
    }),
  );
  const read = reader.end(cleaner === null || server === null ? null : { cleaner, server });
  return {
    server: read.server,
    acctpool: {
      path,
      directory: resolve(workingDirectory, path, '..'),
      listen: { host: reader.text('host') ?? HOST_DEFAULT, port },
      cleaner: read.cleaner,
      ignoredVariables: Object.keys(environment)
        .filter((name) => IGNORED.test(name) && environment[name] !== undefined)
        .toSorted(),
    },
  };
}

/** Nothing is assumed: an account that is given out as the last holder left it is a choice that somebody has to make. */
function readCleaner(reader: FlagReader<AcctpoolFlags>, workingDirectory: string): AccountCleaner | null {
  const text = reader.text('cleaner', 'POOLKEEPER_ACCTPOOL_CLEANER');
  const cleaner = text === null ? undefined : cleanerOf(text, workingDirectory);
  if (cleaner !== undefined) return cleaner;
  if (text === null) {
    return reader.refuse(
      '--cleaner is missing, so nobody would clean accounts between two holders. Give --cleaner exec:PROGRAM for a program of ' +
        `yours, --cleaner ibm for IBM Cloud, or --cleaner ${UNCLEAN} to lend accounts as the last holder left them`,
    );
  }
  return reader.refuse(
    `--cleaner has to be exec:PROGRAM, ibm or ${UNCLEAN}, not ${JSON.stringify(text.slice(0, 100))}`,
  );
}

/** Who looks after accounts, as it is typed; undefined for words that say nothing. Relative paths start at `workingDirectory`. */
export function cleanerOf(text: string, workingDirectory: string): AccountCleaner | undefined {
  if (text === 'ibm') return { kind: 'ibm' };
  if (text === UNCLEAN) return { kind: 'none' };
  if (text.startsWith(EXEC) && text.length > EXEC.length) {
    const program = text.slice(EXEC.length);
    return { kind: 'exec', program: program.includes('/') ? resolve(workingDirectory, program) : program };
  }
  return undefined;
}
