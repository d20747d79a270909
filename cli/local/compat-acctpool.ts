import type { Command } from 'commander';
import type { Runtime } from '../runtime.ts';
import type { AcctpoolFlags } from '@poolkeeper/server';

const ACCTPOOL_HELP = `
The original read PORT and config.yml of the working directory, and so does this. CLOUDANT_IAM_APIKEY and CLOUDANT_IAM_URL, without which
the original did not start, are ignored with a warning. Variables of ours: POOLKEEPER_ACCTPOOL_CONFIG, POOLKEEPER_ACCTPOOL_CLEANER,
POOLKEEPER_LISTEN, POOLKEEPER_DATA, POOLKEEPER_MASTER_KEY, POOLKEEPER_TRUST_PROXY. Options win over variables.
SIGTERM and Ctrl-C end the server gracefully. docs/acctpool.md says what the file may hold and what clients are answered.`;

/** `poolkeeper compat acctpool` */
export function addAcctpoolCommand(compat: Command, runtime: Runtime): void {
  const command = compat
    .command('acctpool')
    .description('serve what an acctpool serves, a pool of cloud accounts that are lent for minutes')
    .option('--config <file>', 'tokens and accounts (default: config.yml)')
    .option('--port <port>', 'serve HTTP at this port (default: PORT, else 8080)')
    .option('--host <address>', 'address to listen at (default: 0.0.0.0)')
    .option(
      '--cleaner <who>',
      'who verifies and cleans accounts: exec:PROGRAM, ibm, or none-i-accept-unclean; has to be said',
    )
    .option('--data <folder>', 'where everything is kept (default: poolkeeper-data)')
    .option('--listen <host:port>', 'where our own API listens (default: 127.0.0.1 and any free port)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .addHelpText('after', ACCTPOOL_HELP)
    .showHelpAfterError(true)
    .action(async (options: AcctpoolFlags) => {
      // Only this command pays for loading the server.
      const { readOptions, runAcctpool } = await import('./compat-acctpool-run.ts');
      const read = readOptions(runtime.context, options);
      if (Array.isArray(read)) return command.error(read.map((problem) => `error: ${problem}.`).join('\n'));
      await runAcctpool(runtime.context, read);
    });
}
