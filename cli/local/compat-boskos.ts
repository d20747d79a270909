import type { Command } from 'commander';
import { repeated } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';
import type { BoskosOptions } from './compat-boskos-run.ts';

const BOSKOS_HELP = `
Options may have one dash too, as the original takes them. Those that mean nothing here are taken, and said to be ignored: --in_memory,
--namespace, --kubeconfig, --projected-token-file, --enable-leader-election, --boskos-label-selector, --pod-name, --leader-label-key,
--pprof-port, --dynamic-resource-update-period.
Variables of ours: POOLKEEPER_BOSKOS_USERNAME, POOLKEEPER_BOSKOS_PASSWORD_FILE, POOLKEEPER_DATA, POOLKEEPER_LISTEN. Options win over variables.
The configuration file is read again when it changes, and at SIGHUP; one that cannot be used is logged, and the one before stays.
SIGTERM and Ctrl-C end the server gracefully. docs/compat-boskos.md has what differs from the original.`;

/** `poolkeeper compat boskos` */
export function addBoskosCommand(compat: Command, runtime: Runtime, version: string): void {
  const command = compat
    .command('boskos')
    .description('serve what a Boskos server serves, with its options and configuration file')
    .option('--config <file>', 'configuration file of Boskos (default: config.yaml; "" for none)')
    .option('--port <port>', 'serve the API at this port (default: 8080)')
    .option('--metrics-port <port>', 'serve /metrics at this port; 0 for not at all (default: 9090)')
    .option('--health-port <port>', 'serve /healthz at this port; 0 for not at all (default: 8081)')
    .option(
      '--request-ttl <duration>',
      'how long a request keeps its place without being asked again (default: 30s)',
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .option('--data <folder>', 'where everything is kept (default: boskos-data)')
    .option(
      '--host <address>',
      'address to listen at (default: 0.0.0.0 where credentials are asked for, else 127.0.0.1)',
    )
    .option('--listen <host:port>', 'where our own API listens (default: 127.0.0.1 and any free port)')
    .option('--username <name>', 'clients have to show this user, with the password of --password-file')
    .option('--password-file <file>', 'the password of clients; read again when it changes')
    .option(
      '--challenge',
      'answer wrong credentials with 401 and a challenge; clients of /acquire wait for ever then',
    )
    .option('--idempotent-request-ids', 'a request id that is said again answers the resource that it got')
    .option(
      '--reap-after <duration>',
      'take resources away from owners that are silent for so long; no reaper is needed then',
    )
    .option(
      '--janitor <[type=]exec:program|[type=]workflow>',
      'clean what comes back by PROGRAM --KIND=NAME, or by a workflow; no janitor is needed then; repeatable',
      repeated,
    )
    .option('--workflows <file>', 'a configuration file of ours, for the workflows that --janitor names')
    .option('--check-config', 'only look whether the configuration file can be used')
    .version(version, '--version')
    .addHelpText('after', BOSKOS_HELP)
    .showHelpAfterError('(--help says what there is)')
    .action(async (options: BoskosOptions) => {
      // Only this command pays for loading the server.
      const { checkConfig, readOptions, runBoskos } = await import('./compat-boskos-run.ts');
      const read = readOptions(runtime.context, options);
      if (Array.isArray(read)) return command.error(read.map((problem) => `error: ${problem}`).join('\n'));
      await (options.checkConfig === true
        ? checkConfig(runtime.context, read)
        : runBoskos(runtime.context, read));
    });
  for (const name of IGNORED) command.addOption(command.createOption(`--${name} [value]`).hideHelp());
}

/** Said by start scripts of the original; the settings say why each is ignored. */
const IGNORED = [
  'in_memory',
  'namespace',
  'kubeconfig',
  'projected-token-file',
  'enable-leader-election',
  'boskos-label-selector',
  'pod-name',
  'leader-label-key',
  'pprof-port',
  'dynamic-resource-update-period',
];

/** Options with one dash, as Go takes them, with two. */
export function withTwoDashes(args: readonly string[]): string[] {
  const [group, command, ...options] = args;
  if (group !== 'compat' || command !== 'boskos') return [...args];
  return [group, command, ...options.map((text) => (/^-[a-z_][a-z_-]+(=|$)/.test(text) ? `-${text}` : text))];
}
