import { readBoskosConfiguration, readBoskosSettings } from '@poolkeeper/server';
import type { BoskosFlags, BoskosSettings, RunningServer, Settings } from '@poolkeeper/server';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printLine } from '../output.ts';
import { explainBoskosStart } from './compat-boskos-errors.ts';
import { readOrProblems, runDropIn } from './compat-run.ts';

export type BoskosOptions = BoskosFlags & { readonly checkConfig?: boolean };
type CompatSettings = { readonly server: Settings; readonly boskos: BoskosSettings };

/** Settings, or a line for each thing that is wrong with the options. */
export function readOptions(
  { environment, workingDirectory }: CliContext,
  { checkConfig: _checkConfig, ...flags }: BoskosOptions,
): CompatSettings | string[] {
  return readOrProblems(() => readBoskosSettings({ flags, environment, workingDirectory }));
}

/** Only looks at the configuration file. Errors: `CliError` with everything that is wrong. */
export async function checkConfig(
  { stdout }: CliContext,
  { boskos: { configFile } }: CompatSettings,
): Promise<void> {
  if (configFile === null) {
    throw new CliError('There is no configuration file to look at: --config is empty.', {
      advice: 'Name the file with --config.',
      exitCode: EXIT.usage,
    });
  }
  try {
    const entries = await readBoskosConfiguration(configFile);
    const types = new Set(entries.map(({ type }) => type)).size;
    const names = entries.reduce((sum, entry) => sum + entry.names.length, 0);
    printLine(
      stdout,
      `${configFile} can be used: ${countOf(types, 'type')}, ${countOf(names, 'named resource')}.`,
    );
  } catch (error) {
    throw explainBoskosStart(error, { configFile });
  }
}

/** Runs the drop-in until a signal ends it. Errors: `CliError` for what a person can mend. */
export async function runBoskos(context: CliContext, { server, boskos }: CompatSettings): Promise<void> {
  for (const line of boskos.ignored) printLine(context.stderr, `poolkeeper: ${line}`);
  await runDropIn(context, {
    settings: server,
    dropIn: { boskos },
    hasFile: boskos.configFile !== null,
    explain: (error) => explainBoskosStart(error, { ...boskos, server, boskos }),
    describe: (running) => describe(running, { server, boskos }),
  });
}

function describe(running: RunningServer, { server: { dataDirectory }, boskos }: CompatSettings): string {
  const { metrics, health, login, silenceMs, janitors } = boskos;
  const side = [
    ...(metrics === null ? [] : [`metrics at http://${metrics.host}:${metrics.port}/metrics`]),
    ...(health === null ? [] : [`health at http://${health.host}:${health.port}/healthz`]),
  ];
  const lines = [
    [`Boskos is served at ${running.dialectUrls.boskos.join(' and ')}`, ...side].join(', '),
    `Poolkeeper's own API listens at ${running.url}; what it needs is in ${dataDirectory}`,
  ];
  if (silenceMs === null)
    lines.push('Silent owners keep what they have, unless a reaper runs: see --reap-after.');
  if (janitors.length === 0) lines.push('What comes back dirty waits for a janitor: see --janitor.');
  if (login === null) lines.push('Nobody is asked for credentials: see --username and --password-file.');
  return lines.join('\n');
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
