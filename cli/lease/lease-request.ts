import type { AcquireInput } from '@poolkeeper/client';
import type { Command } from 'commander';
import { anyWholeNumber, durationMs, durationText, pair, wholeNumber } from '../option-values.ts';
import type { Pairs } from '../option-values.ts';

/** The options that say what is asked for. */
export type RequestOptions = {
  readonly pool: string;
  readonly count?: number;
  readonly match?: Pairs;
  readonly filter?: string;
  readonly duration?: string;
  readonly heartbeat?: string;
  readonly wait?: number;
  readonly priority?: number;
  readonly note?: string;
};

export function addRequestOptions(command: Command): Command {
  return command
    .requiredOption('--pool <pool>', 'the pool to lend from')
    .option('--count <n>', 'how many resources', wholeNumber(1))
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
    .option('--note <text>', 'a word for people who look at the lease');
}

export const durationOption = [
  '--duration <duration>',
  'how long the lease lasts: 90s, 15m, 1h30m',
  durationText,
] as const;

/** The request as the SDK takes it; how long to wait is told apart. */
export function toRequest(options: RequestOptions): AcquireInput {
  const { pool, count, match, filter, duration, heartbeat, priority, note } = options;
  return { pool, count, match, filter, duration, heartbeat, priority, note };
}
