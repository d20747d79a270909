import type { Command } from 'commander';
import { durationMs } from '../option-values.ts';
import type { Runtime } from '../runtime.ts';
import type { VerifyOptions } from './verify-file.ts';

const HELP = `
No server is asked. KEYS is what a server publishes at /.well-known/poolkeeper-keys.json; get it from the server itself,
or from somebody you trust: whoever gives you both files can make both.
Exit codes: 0 all is proven, 12 tampered with, 13 a record is missing, 14 signed by another key, 15 whole, but a turnover was
not verified. 2: one of the files is not what it should be.
  poolkeeper verify b1.json --keys keys.json`;

/** `poolkeeper verify` */
export function addVerifyCommand(program: Command, runtime: Runtime): void {
  program
    .command('verify')
    .description('verify exported turnover records, without a server')
    .argument('<file>', 'what "poolkeeper turnover export" wrote')
    .requiredOption('--keys <file>', 'the public keys of the server, as a JWK set')
    .option(
      '--max-age <duration>',
      'refuse an export that is older, such as 1h: later records are not in it',
      durationMs,
    )
    .option('--json', 'print what was found, for programs')
    .addHelpText('after', HELP)
    .action(async (file: string, options: VerifyOptions, self: Command) => {
      // Only who verifies pays for loading the cryptography.
      const { verifyFile } = await import('./verify-file.ts');
      const json = options.json === true || self.optsWithGlobals<{ json?: boolean }>().json === true;
      await verifyFile(runtime, file, { ...options, json });
    });
}
