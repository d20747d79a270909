import type { LedgerEntry, LedgerQuery } from '@poolkeeper/client';
import { LEDGER_STATES } from '@poolkeeper/core/words';
import { Option } from 'commander';
import type { Command } from 'commander';
import { addListOptions, presentList } from '../present-list.ts';
import type { ListOptions } from '../present-list.ts';
import { openSession } from '../runtime.ts';
import type { Runtime } from '../runtime.ts';
import { printLedger } from './show-ledger.ts';

const LEDGER_HELP = `
Everything that was ever asked of a provider, from intent to proven gone, and what leaked: things that bear our tag and
belong to nobody. Leaks come first. --state gone reads the history.`;

type LedgerOptions = ListOptions & {
  readonly provider?: string;
  readonly pool?: string;
  readonly state?: NonNullable<LedgerQuery['state']>;
  readonly leaks?: boolean;
};

/** `poolkeeper ledger` */
export function addLedgerCommand(program: Command, runtime: Runtime): void {
  addListOptions(program.command('ledger').description('list what was asked of providers, and what leaked'))
    .option('--provider <provider>', 'asked of this provider')
    .option('--pool <pool>', 'for this pool')
    .addOption(new Option('--state <state>', 'in this state').choices(LEDGER_STATES).conflicts('leaks'))
    .option('--leaks', 'only what leaked')
    .addHelpText('after', LEDGER_HELP)
    .action(async (options: LedgerOptions, self: Command) => {
      const session = openSession(runtime, self);
      const { provider, pool } = options;
      const state = options.leaks === true ? 'leaked' : options.state;
      const query = {
        ...(provider === undefined ? {} : { provider }),
        ...(pool === undefined ? {} : { pool }),
        ...(state === undefined ? {} : { state }),
      };
      const none = options.leaks === true ? 'Nothing has leaked.' : 'Nothing fits.';
      await presentList<LedgerEntry>(
        session,
        {
          pageAt: (paging) => session.client.ledger.page({ ...query, ...paging }),
          print: (where, entries) => printLedger(where, entries, none),
        },
        options,
      );
    });
}
