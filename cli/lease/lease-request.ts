import type { AcquireInput } from '@poolkeeper/client';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { anyWholeNumber, durationMs, durationText, pair, repeated, wholeNumber } from '../option-values.ts';
import type { Pairs } from '../option-values.ts';
import { readMembers } from '../value-text.ts';

/** The options that say what is asked for. */
export type RequestOptions = {
  readonly pool?: string;
  readonly item?: readonly string[];
  readonly count?: number;
  readonly minimum?: number;
  readonly match?: Pairs;
  readonly filter?: string;
  readonly duration?: string;
  readonly heartbeat?: string;
  readonly wait?: number;
  readonly priority?: number;
  readonly note?: string;
  readonly label?: Pairs;
  readonly holder?: string;
};

export function addRequestOptions(command: Command): Command {
  return command
    .option('--pool <pool>', 'the pool to lend from')
    .option('--count <n>', 'how many resources', wholeNumber(1))
    .option('--minimum <n>', 'how many are enough; all of them where nothing is said', wholeNumber(1))
    .option('--match <label=value>', 'a label that each must have; may be repeated', pair)
    .option(
      '--filter <expression>',
      'what each must be, in CEL: \'params.ram >= 16 && labels.arch == "arm64"\'',
    )
    .option(
      '--wait <duration>',
      'how long to wait in the queue; as long as it takes where nothing is said',
      durationMs,
    )
    .option('--priority <n>', 'higher goes first, where the pool orders by priority', anyWholeNumber)
    .option(
      '--item <value>',
      "instead of --pool, one of several: '{pool: boards, count: 2}', as JSON, YAML or @FILE; granted together or not at all",
      repeated,
    )
    .option('--label <label=value>', 'what programs want to know of the lease; may be repeated', pair)
    .option('--holder <name>', 'who gets it, where this token may say so')
    .option('--note <text>', 'a word for people who look at the lease');
}

export const durationOption = [
  '--duration <duration>',
  'how long the lease lasts: 90s, 15m, 1h30m',
  durationText,
] as const;

/** The request as the SDK takes it; how long to wait is told apart. Errors: `CliError` where nothing says what is wanted. */
export async function toRequest(options: RequestOptions): Promise<AcquireInput> {
  const { pool, item, count, minimum, match, filter } = options;
  const { duration, heartbeat, priority, note, label, holder } = options;
  const about = { duration, heartbeat, priority, note, labels: label, holder };
  if (item === undefined && pool !== undefined) return { pool, count, minimum, match, filter, ...about };
  const isOneItem = [pool, count, minimum, match, filter].some((one) => one !== undefined);
  if (item === undefined || isOneItem) {
    throw new CliError(
      item === undefined
        ? 'Nothing says what to lend.'
        : '--item says all of what is wanted, so --pool and what belongs to it have no place beside it.',
      { advice: 'Say --pool POOL, or --item for each of several; --help shows both.', exitCode: EXIT.usage },
    );
  }
  // What is wrong with an item is told by the server, which knows what an item may be.
  const items = await Promise.all(item.map((text) => readMembers('--item', text)));
  return { items: items as unknown as NonNullable<AcquireInput['items']>, ...about };
}
