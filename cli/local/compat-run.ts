import { readCloudpoolSettings, SettingsError, startServer } from '@poolkeeper/server';
import type { CloudpoolFlags, CloudpoolSettings, RunningServer, Settings } from '@poolkeeper/server';
import type { CliContext } from '../context.ts';
import { printLine } from '../output.ts';
import { explainCompatStart } from './compat-errors.ts';
import { untilStopped } from './serve-run.ts';

export type CloudpoolOptions = CloudpoolFlags;
type CompatSettings = { readonly server: Settings; readonly cloudpool: CloudpoolSettings };

/** Settings, or a line for each thing that is wrong with the options. */
export function readOptions(
  { environment, workingDirectory }: CliContext,
  flags: CloudpoolOptions,
): CompatSettings | string[] {
  try {
    return readCloudpoolSettings({ flags, environment, workingDirectory });
  } catch (error) {
    if (error instanceof SettingsError) return [...error.lines];
    throw error;
  }
}

/** Runs the drop-in until a signal ends it. Errors: `CliError` for what a person can mend. */
export async function runCloudpool(context: CliContext, settings: CompatSettings): Promise<void> {
  let running: RunningServer;
  try {
    running = await startServer(settings.server, settings.cloudpool);
  } catch (error) {
    throw explainCompatStart(error, settings);
  }
  await using server = running;
  // Whoever reads that it listens may send a signal at once.
  const stopped = untilStopped(context, { server, settings: settings.server });
  printLine(context.stdout, describe(server, settings));
  await stopped;
}

function describe(server: RunningServer, { server: { dataDirectory }, cloudpool }: CompatSettings): string {
  const what = cloudpool.isMultipool ? 'Cloud pools are' : 'The cloud pool is';
  const lines = [`${what} served at ${server.cloudpoolUrls.join(' and ')}`];
  lines.push(`Poolkeeper's own API listens at ${server.url}; what it needs is in ${dataDirectory}`);
  const isOpen =
    cloudpool.realm === null && cloudpool.listeners.some(({ tls }) => tls === null || tls.clients === null);
  if (isOpen) lines.push('Nobody is asked for credentials: see --require-basicauth and --require-cert.');
  return lines.join('\n');
}
