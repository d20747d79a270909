import { readCloudpoolSettings } from '@poolkeeper/server';
import type { CloudpoolFlags, CloudpoolSettings, RunningServer, Settings } from '@poolkeeper/server';
import type { CliContext } from '../context.ts';
import { explainCloudpoolStart } from './compat-cloudpool-errors.ts';
import { readOrProblems, runDropIn } from './compat-run.ts';

export type CloudpoolOptions = CloudpoolFlags;
type CompatSettings = { readonly server: Settings; readonly cloudpool: CloudpoolSettings };

/** Settings, or a line for each thing that is wrong with the options. */
export function readOptions(
  { environment, workingDirectory }: CliContext,
  flags: CloudpoolOptions,
): CompatSettings | string[] {
  return readOrProblems(() => readCloudpoolSettings({ flags, environment, workingDirectory }));
}

/** Runs the drop-in until a signal ends it. Errors: `CliError` for what a person can mend. */
export async function runCloudpool(context: CliContext, settings: CompatSettings): Promise<void> {
  const { server, cloudpool } = settings;
  await runDropIn(context, {
    settings: server,
    dropIn: { cloudpool },
    explain: (error) => explainCloudpoolStart(error, settings),
    describe: (running) => describe(running, settings),
  });
}

function describe(server: RunningServer, { server: { dataDirectory }, cloudpool }: CompatSettings): string {
  const what = cloudpool.isMultipool ? 'Cloud pools are' : 'The cloud pool is';
  const lines = [`${what} served at ${server.dialectUrls.cloudpool.join(' and ')}`];
  lines.push(`Poolkeeper's own API listens at ${server.url}; what it needs is in ${dataDirectory}`);
  const isOpen =
    cloudpool.realm === null && cloudpool.listeners.some(({ tls }) => tls === null || tls.clients === null);
  if (isOpen) lines.push('Nobody is asked for credentials: see --require-basicauth and --require-cert.');
  return lines.join('\n');
}
