import type { Command } from 'commander';
import { repeated } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';
import type { ServeOptions } from './serve-run.ts';

const SERVE_HELP = `
Each option has a variable too: POOLKEEPER_CONFIG, POOLKEEPER_DATA, POOLKEEPER_LISTEN, POOLKEEPER_TLS_CERT,
POOLKEEPER_TLS_KEY, POOLKEEPER_MASTER_KEY_FILE, POOLKEEPER_LOG_LEVEL, POOLKEEPER_SMTP_URL, POOLKEEPER_MAIL_FROM,
POOLKEEPER_EXEC_STEPS, POOLKEEPER_CLOUDPOOL_LISTEN, POOLKEEPER_BOSKOS_LISTEN, POOLKEEPER_DATABASE, POOLKEEPER_CLUSTER_LISTEN,
POOLKEEPER_CLUSTER_ADDRESS, POOLKEEPER_REPLICA_NAME; and there are POOLKEEPER_ADMIN_TOKEN, POOLKEEPER_TRUST_PROXY, POOLKEEPER_MASTER_KEY,
POOLKEEPER_MASTER_KEY_OLD and POOLKEEPER_CLUSTER_SECRET.
With --database the server is one of several replicas: one keeps the world, the others follow it, hand requests over to it and take its
place. Give the database's address, which holds a password, by its variable; docs/high-availability.md says more.
Without a configuration file it serves what it knows already, and what "poolkeeper apply" tells it.
SIGHUP reads the configuration file again; SIGTERM and Ctrl-C end the server gracefully.`;

/** `poolkeeper serve` */
export function addServeCommand(program: Command, runtime: Runtime): void {
  program
    .command('serve')
    .description('run a server')
    .option('--config <file>', 'a configuration file or folder, applied at each start')
    .option('--data <folder>', 'where the server keeps what it knows (default: poolkeeper-data)')
    .option('--listen <host:port>', 'where it listens (default: 127.0.0.1:7420)')
    .option(
      '--cloudpool-listen <host:port=pool>',
      'serve one pool to clients of cloud pools at an address of its own; repeatable',
      repeated,
    )
    .option(
      '--boskos-listen <host:port>',
      'serve pools with stages to clients of Boskos at an address of its own, to those with a token',
    )
    .option('--tls-cert <file>', 'certificate, in PEM')
    .option('--tls-key <file>', 'its private key, in PEM')
    .option(
      '--master-key-file <file>',
      'keys that secrets are sealed with (default: master.key in the data folder)',
    )
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .option('--smtp-url <url>', 'where mail is handed in, such as smtp://127.0.0.1:25')
    .option('--mail-from <address>', 'in whose name mail is sent')
    .option(
      '--exec-steps <folder>',
      'steps may run programs of this folder; or any, or off (default: the folder of the configuration file)',
    )
    .option('--database <url>', 'a PostgreSQL that keeps the world, shared by several replicas')
    .option('--cluster-listen <host:port>', 'where other replicas reach this one (default: 127.0.0.1:7421)')
    .option('--cluster-address <host:port>', 'what they are told about that (default: where it listens)')
    .option('--replica-name <name>', 'what people see of this replica (default: the name of the host)')
    .option('--quickstart', 'serve the example with three web servers of this machine')
    .addHelpText('after', SERVE_HELP)
    .action(async (options: ServeOptions) => {
      // Only this command pays for loading the server.
      const { serve } = await import('./serve-run.ts');
      await serve(runtime.context, options);
    });
}
