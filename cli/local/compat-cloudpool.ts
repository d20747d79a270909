import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { repeated } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';
import type { CloudpoolOptions } from './compat-cloudpool-run.ts';

const CLOUDPOOL_HELP = `
The variables of the container images say the same: HTTP_PORT, HTTPS_PORT, SSL_KEYSTORE, SSL_KEYSTORE_PASSWORD,
REQUIRE_BASIC_AUTH, BASIC_AUTH_REALM_FILE, BASIC_AUTH_ROLE, REQUIRE_CERT_AUTH, CERT_AUTH_TRUSTSTORE,
CERT_AUTH_TRUSTSTORE_PASSWORD, MULTIPOOL, STORAGE_DIR, STDOUT_LOG_LEVEL; and ours: POOLKEEPER_CLOUDPOOL_DRIVER,
POOLKEEPER_CLOUDPOOL_CLOUD, POOLKEEPER_LISTEN, POOLKEEPER_MASTER_KEY, POOLKEEPER_TRUST_PROXY. Options win over variables.
Give passwords by variables: options can be read by every user of the machine.
SIGTERM and Ctrl-C end the server gracefully. docs/compat-cloudpool.md has what differs from the original.`;

/** `poolkeeper compat cloudpool` */
export function addCloudpoolCommand(compat: Command, runtime: Runtime, version: string): void {
  const command = compat
    .command('cloudpool')
    .description('serve what an elastisys cloudpool or multicloudpool server serves, with its options')
    .option('--http-port <port>', 'serve HTTP at this port')
    .option('--https-port <port>', 'serve HTTPS at this port')
    .option('--ssl-keystore <file>', 'certificate and key of HTTPS, in PKCS12')
    .option('--ssl-keystore-password <password>', 'what opens it')
    .option('--ssl-cert <file>', 'instead: the certificate, in PEM')
    .option('--ssl-key <file>', 'and its key, in PEM')
    .option('--require-cert', 'clients have to show a certificate (HTTPS)')
    .option('--ssl-truststore <file>', 'whose certificates are accepted, in PKCS12 or PEM')
    .option('--ssl-truststore-password <password>', 'what opens it')
    .option('--require-basicauth', 'clients have to show a user and password')
    .option('--realm-file <file>', 'users: "user: secret,ROLE" on each line')
    .option('--require-role <role>', 'the role that users have to have')
    .option('--config <file>', 'configure the pool with this, and start it')
    .option('--stopped', 'do not start the pool; stop it where it is started')
    .option(
      '--storage-dir <folder>',
      'where everything is kept (default: /var/lib/elastisys/cloudpool or …/multicloudpool)',
    )
    .option('--multipool', 'serve many pools, under /cloudpools')
    .option(
      '--driver <kind>',
      'simulated, process, ec2 or openstack (default: by what a configuration names)',
    )
    .option('--cloud <url>', 'cloud simulator of configurations that name none')
    .option(
      '--host <address>',
      'address to listen at (default: 0.0.0.0 where credentials are asked for, else 127.0.0.1)',
    )
    .option('--listen <host:port>', 'where our own API listens (default: 127.0.0.1 and any free port)')
    .option('--legacy-fields', 'machines carry the members of API version 1 too')
    .option('--no-legacy-resize', 'do without POST /pool, the resize of API version 1')
    .option('--version-one', 'serve API version 1, and nothing else')
    .option('--cors-origin <origin>', 'pages of this origin may use the API; repeatable', repeated)
    .option('--external-url <url>', 'address of this server behind a proxy')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .version(version, '--version')
    .addHelpText('after', CLOUDPOOL_HELP)
    .showHelpAfterError(true)
    // Scripts that started the original know this code for what is wrong with the options.
    .exitOverride(({ exitCode, code, message }) => {
      throw new CommanderError(exitCode === 0 ? 0 : EXIT.badCompatOptions, code, message);
    })
    .action(async (options: CloudpoolOptions) => {
      // Only this command pays for loading the server.
      const { readOptions, runCloudpool } = await import('./compat-cloudpool-run.ts');
      const read = readOptions(runtime.context, options);
      if (Array.isArray(read)) return command.error(read.map((problem) => `error: ${problem}`).join('\n'));
      await runCloudpool(runtime.context, read);
    });
}
