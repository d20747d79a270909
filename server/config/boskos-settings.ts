import { dirname, isAbsolute, resolve } from 'node:path';
import { DURATION_MS_MAX } from '@poolkeeper/core';
import { readSettings } from './environment.ts';
import type { Settings } from './environment.ts';
import { FlagReader } from './flag-reader.ts';
import type { FlagSources } from './flag-reader.ts';
import type { Listen } from './setting-values.ts';

/** What the command line of the drop-in says, as it was typed. The original's own options, then ours. */
export type BoskosFlags = {
  readonly config?: string;
  readonly port?: string;
  readonly metricsPort?: string;
  readonly healthPort?: string;
  readonly requestTtl?: string;
  readonly logLevel?: string;
  readonly in_memory?: string | boolean;
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly projectedTokenFile?: string;
  readonly enableLeaderElection?: string | boolean;
  readonly boskosLabelSelector?: string;
  readonly podName?: string;
  readonly leaderLabelKey?: string;
  readonly pprofPort?: string;
  readonly dynamicResourceUpdatePeriod?: string;
  readonly host?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly challenge?: boolean;
  readonly idempotentRequestIds?: boolean;
  readonly reapAfter?: string;
  readonly janitor?: readonly string[];
  readonly workflows?: string;
};

/** Who cleans the members of a type: a program that is called as the janitor of the original calls it, or a workflow of ours. */
export type Janitor = {
  /** Null: of all types that no other janitor is for. */
  readonly type: string | null;
  readonly does:
    /** A path of it is absolute; a name without a slash is looked for in `PATH`. */
    | { readonly kind: 'exec'; readonly program: string; readonly flags: readonly string[] }
    | { readonly kind: 'workflow'; readonly workflow: string };
};

/** How the drop-in for a Boskos server is served. Durations are milliseconds. */
export type BoskosSettings = {
  /** Absolute. Null: what is stored counts. */
  readonly configFile: string | null;
  readonly listen: Listen;
  /** Null: not served. */
  readonly metrics: Listen | null;
  readonly health: Listen | null;
  readonly requestTtlMs: number;
  /** Who is let in; null: everybody. The file is absolute. */
  readonly login: { readonly user: string; readonly passwordFile: string } | null;
  /** Are wrong credentials answered by 401 and a challenge, and not by 403? */
  readonly isChallenging: boolean;
  readonly isRepeatable: boolean;
  /** How long a holder may be silent; null: a reaper watches, or nobody. */
  readonly silenceMs: number | null;
  readonly janitors: readonly Janitor[];
  /** Options of the original that mean nothing here: each with why. */
  readonly ignored: readonly string[];
};

type Sources = FlagSources<BoskosFlags>;
type Reader = FlagReader<BoskosFlags>;

const PORT_DEFAULT = 8080;
const METRICS_PORT_DEFAULT = 9090;
const HEALTH_PORT_DEFAULT = 8081;
const CONFIG_DEFAULT = 'config.yaml';
const DATA_DEFAULT = 'boskos-data';
const REQUEST_TTL_MS_DEFAULT = 30_000;
const SILENCE_MS_MIN = 1_000;
/** The native API of the drop-in is for its administrators, on its machine; whoever wants a steady port says so. */
const LISTEN_DEFAULT = '127.0.0.1:0';
const EVERYWHERE = '0.0.0.0';
const LOOPBACK = '127.0.0.1';
/** Levels of the logging library of the original that have other names here. */
const LOG_LEVELS: Readonly<Record<string, string>> = { warning: 'warn', panic: 'fatal' };
const EXEC = 'exec:';
const WORKFLOW_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * How the drop-in is to run: the options of the original, and a few of ours.
 *
 * A listener that asks for no credentials is on this machine's loopback alone unless `host` says where.
 *
 * Errors: `SettingsError` with everything that is wrong.
 */
export function readBoskosSettings(sources: Sources): { server: Settings; boskos: BoskosSettings } {
  const reader = new FlagReader(sources);
  const login = readLogin(reader);
  const host = reader.text('host') ?? (login === null ? LOOPBACK : EVERYWHERE);
  const listenAt = (port: number): Listen => ({ host, port });
  const sidePort = (flag: 'metricsPort' | 'healthPort', otherwise: number): Listen | null => {
    const isOff = reader.flags[flag] === '0';
    return isOff ? null : listenAt(reader.port(flag) ?? otherwise);
  };
  // A configuration that is said to be empty is none, as in the original.
  const config = reader.flags.config ?? CONFIG_DEFAULT;
  const boskos: BoskosSettings = {
    configFile: config === '' ? null : resolve(sources.workingDirectory, config),
    listen: listenAt(reader.port('port') ?? PORT_DEFAULT),
    metrics: sidePort('metricsPort', METRICS_PORT_DEFAULT),
    health: sidePort('healthPort', HEALTH_PORT_DEFAULT),
    requestTtlMs: readDuration(reader, 'requestTtl', '--request-ttl') ?? REQUEST_TTL_MS_DEFAULT,
    login,
    isChallenging: reader.flags.challenge === true,
    isRepeatable: reader.flags.idempotentRequestIds === true,
    silenceMs: readSilence(reader),
    janitors: readJanitors(reader, sources.workingDirectory),
    ignored: readIgnored(reader),
  };
  refuseSamePorts(reader, boskos);
  const server = reader.take(() => readServer(sources, reader, boskos));
  return { server: reader.end(server), boskos };
}

function readLogin(reader: Reader): BoskosSettings['login'] {
  const user = reader.text('username', 'POOLKEEPER_BOSKOS_USERNAME');
  const passwordFile = reader.path('passwordFile', 'POOLKEEPER_BOSKOS_PASSWORD_FILE');
  if (user !== null && passwordFile !== null) return { user, passwordFile };
  if (user !== null) reader.refuse('--username needs --password-file');
  if (passwordFile !== null) reader.refuse('--password-file needs --username');
  return null;
}

/** Durations as Go writes them, such as 300ms, 1.5h or 1h30m, and days. */
function readDuration(reader: Reader, flag: 'requestTtl' | 'reapAfter', name: string): number | null {
  const text = reader.text(flag);
  if (text === null) return null;
  const parts = DURATION.test(text) ? [...text.matchAll(DURATION_PART)] : [];
  const durationMs = Math.round(
    parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0),
  );
  if (durationMs > 0 && durationMs <= DURATION_MS_MAX) return durationMs;
  return reader.refuse(`${name} has to be a duration such as 30s or 1h30m, not ${JSON.stringify(text)}`);
}

function readSilence(reader: Reader): number | null {
  const silenceMs = readDuration(reader, 'reapAfter', '--reap-after');
  if (silenceMs === null || silenceMs >= SILENCE_MS_MIN) return silenceMs;
  return reader.refuse('--reap-after has to be at least 1s: nobody says so often that he is still there');
}

/** `exec:PROGRAM ARGUMENT…` or the name of a workflow, each with `TYPE=` before it for one type alone. */
function readJanitors(reader: Reader, workingDirectory: string): Janitor[] {
  const janitors = (reader.flags.janitor ?? []).flatMap((text): Janitor[] => {
    const equals = text.startsWith(EXEC) ? -1 : text.indexOf('=');
    const type = equals === -1 ? null : text.slice(0, equals);
    const does = readJanitorWork(text.slice(equals + 1), workingDirectory);
    if (does !== null && type !== '') return [{ type, does }];
    reader.refuse(
      `--janitor has to be exec:PROGRAM or the name of a workflow, with TYPE= before it for one type, not ${JSON.stringify(text)}`,
    );
    return [];
  });
  const types = janitors.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined)
    reader.refuse(`--janitor is given twice for ${twice === null ? 'all types' : `the type ${twice}`}`);
  return janitors;
}

function readJanitorWork(text: string, workingDirectory: string): Janitor['does'] | null {
  if (!text.startsWith(EXEC)) return WORKFLOW_NAME.test(text) ? { kind: 'workflow', workflow: text } : null;
  const [program = '', ...flags] = text.slice(EXEC.length).trim().split(/\s+/);
  if (program === '') return null;
  const isPath = program.includes('/');
  return { kind: 'exec', program: isPath ? resolve(workingDirectory, program) : program, flags };
}

/** Options that start scripts of the original give, and that have nothing to do here: each with why. */
const IGNORED: readonly (readonly [flag: keyof BoskosFlags, name: string, why: string])[] = [
  ['in_memory', '--in_memory', 'everything is kept in the folder of --data'],
  ['namespace', '--namespace', 'nothing is kept in Kubernetes'],
  ['kubeconfig', '--kubeconfig', 'nothing is kept in Kubernetes'],
  ['projectedTokenFile', '--projected-token-file', 'nothing is kept in Kubernetes'],
  ['enableLeaderElection', '--enable-leader-election', 'one server has the folder of --data to itself'],
  ['boskosLabelSelector', '--boskos-label-selector', 'there is no election of a leader'],
  ['podName', '--pod-name', 'there is no election of a leader'],
  ['leaderLabelKey', '--leader-label-key', 'there is no election of a leader'],
  ['pprofPort', '--pprof-port', 'profiles of Go are not there'],
  ['dynamicResourceUpdatePeriod', '--dynamic-resource-update-period', 'the original ignores it too'],
];

function readIgnored({ flags }: Reader): string[] {
  return IGNORED.flatMap(([flag, name, why]) =>
    flags[flag] === undefined ? [] : [`${name} is ignored: ${why}`],
  );
}

function refuseSamePorts(reader: Reader, { listen, metrics, health }: BoskosSettings): void {
  const ports = [listen.port, ...[metrics, health].flatMap((side) => (side === null ? [] : [side.port]))];
  if (new Set(ports).size < ports.length)
    reader.refuse('--port, --metrics-port and --health-port have to be different; 0 turns a side port off');
}

/** The server below: everything that `poolkeeper serve` is told by variables, but its configuration file. */
function readServer(sources: Sources, reader: Reader, { janitors }: BoskosSettings): Settings {
  const { environment, workingDirectory } = sources;
  const level = reader.text('logLevel');
  const settings = readSettings({
    flags: {
      data: reader.text('data', 'POOLKEEPER_DATA') ?? DATA_DEFAULT,
      listen: reader.text('listen', 'POOLKEEPER_LISTEN') ?? LISTEN_DEFAULT,
      ...(level === null ? {} : { logLevel: LOG_LEVELS[level] ?? level }),
      ...(reader.flags.workflows === undefined ? {} : { config: reader.flags.workflows }),
    },
    environment: { ...environment, POOLKEEPER_CONFIG: undefined },
    workingDirectory,
    isDropIn: true,
  });
  return settings.execSteps === null && janitors.length > 0
    ? { ...settings, execSteps: readExecSteps(janitors) }
    : settings;
}

/** Who names a program at the start means it to be run: its folder, or everything where that says too little. */
function readExecSteps(janitors: readonly Janitor[]): Settings['execSteps'] {
  const programs = janitors.flatMap(({ does }) => (does.kind === 'exec' ? [does.program] : []));
  const [folder, ...more] = new Set(programs.map((program) => dirname(program)));
  if (folder === undefined) return null;
  return more.length === 0 && isAbsolute(folder) ? { folder } : 'any';
}
