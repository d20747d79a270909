import type { Pool, PoolChange } from '@poolkeeper/client';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { durationText, pair, repeated, wholeNumber } from '../option-values.ts';
import type { Pairs } from '../option-values.ts';
import { readMembers } from '../value-text.ts';

/** How a bound is taken away again. */
const NONE = 'none';
type Bound = number | typeof NONE;

/** What may be said of a pool, as it was typed. */
export type PoolOptions = {
  readonly parent?: string;
  readonly kind?: string;
  readonly size?: Bound;
  readonly min?: Bound;
  readonly max?: Bound;
  readonly buffer?: Bound;
  readonly template?: string;
  readonly leaseDefault?: string;
  readonly leaseMax?: string;
  readonly warnBefore?: string;
  readonly queue?: 'fifo' | 'priority' | 'fair';
  readonly perHolder?: Bound;
  readonly leasesPerHolder?: Bound;
  readonly queuedPerHolder?: Bound;
  readonly queued?: Bound;
  readonly recycle?: 'clean' | 'replace';
  readonly victims?: 'newest' | 'oldest';
  readonly label?: Pairs;
  readonly unlabel?: readonly string[];
};

export function addPoolOptions(command: Command): Command {
  return command
    .option('--kind <kind>', 'what its members are: machine, container, account, …')
    .option('--parent <pool>', 'the pool that it hangs under; default: the root')
    .option('--size <n>', 'keep so many members; none: they are registered by hand', bound)
    .option('--min <n>', 'never fewer members', bound)
    .option('--max <n>', 'never more members', bound)
    .option('--buffer <n>', 'so many free ones beside those in use', bound)
    .option('--template <value>', 'what the provider makes a member from: JSON, YAML or @FILE')
    .option(
      '--lease-default <duration>',
      'how long a lease lasts where its request says nothing',
      durationText,
    )
    .option('--lease-max <duration>', 'how long a lease may last, renewals included', durationText)
    .option('--warn-before <duration>', 'how long before its end a lease is warned of it', durationText)
    .addOption(new Option('--queue <order>', 'who goes first').choices(['fifo', 'priority', 'fair']))
    .option('--per-holder <n>', 'quota: resources that one holder may have or wait for; or none', bound)
    .option('--leases-per-holder <n>', 'quota: leases of one holder; or none', bound)
    .option('--queued-per-holder <n>', 'quota: waiting leases of one holder; or none', bound)
    .option('--queued <n>', 'quota: waiting leases of everybody; or none', bound)
    .addOption(
      new Option('--recycle <how>', 'what happens to a member that comes back').choices(['clean', 'replace']),
    )
    .addOption(
      new Option('--victims <which>', 'which free members go first when it shrinks').choices([
        'newest',
        'oldest',
      ]),
    )
    .option('--label <label=value>', 'a label of the pool; may be repeated', pair);
}

export function addUnlabelOption(command: Command): Command {
  return command.option('--unlabel <label>', 'take this label away; may be repeated', repeated);
}

/** A number, or `none`. */
function bound(text: string): Bound {
  if (text === NONE) return NONE;
  try {
    return wholeNumber(0)(text);
  } catch {
    throw new InvalidArgumentError(`Allowed are whole numbers from 0, and ${NONE}.`);
  }
}

/**
 * What a pool is to be changed in. The API replaces size, quota and labels as a whole; what was not said of them stays as it
 * is in `before`.
 *
 * Errors: `CliError` for a size that says two things at once, and for a template that cannot be read.
 */
export async function changesOf(
  options: PoolOptions,
  before: Pick<Pool, 'size' | 'quota' | 'labels'>,
): Promise<PoolChange> {
  const { kind, parent, template, recycle, victims, leaseDefault, leaseMax, queue, warnBefore } = options;
  const size = sizeOf(options, before.size);
  const quota = quotaOf(options, before.quota);
  const labels = labelsOf(options, before.labels);
  const lease = {
    ...(leaseDefault === undefined ? {} : { default: leaseDefault }),
    ...(leaseMax === undefined ? {} : { max: leaseMax }),
    ...(queue === undefined ? {} : { queue }),
    ...(warnBefore === undefined ? {} : { warnBefore }),
  };
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(parent === undefined ? {} : { parent }),
    ...(size === undefined ? {} : { size }),
    ...(template === undefined ? {} : { template: await readMembers('--template', template) }),
    ...(Object.keys(lease).length === 0 ? {} : { lease }),
    ...(quota === undefined ? {} : { quota }),
    ...(recycle === undefined ? {} : { recycle }),
    ...(victims === undefined ? {} : { victims }),
    ...(labels === undefined ? {} : { labels }),
  };
}

function sizeOf({ size, min, max, buffer }: PoolOptions, before: Pool['size']): PoolChange['size'] {
  const range = { min, max, buffer };
  const isRange = Object.values(range).some((one) => one !== undefined);
  if (size !== undefined && isRange) {
    throw new CliError('--size is a fixed number, so --min, --max and --buffer have no place beside it.', {
      advice: 'Leave one or the other out.',
      exitCode: EXIT.usage,
    });
  }
  if (size !== undefined) return size === NONE ? null : { desired: size };
  if (!isRange) return undefined;
  const { desired: _fixed, ...kept } = before ?? {};
  return withBounds(kept, range);
}

function quotaOf(options: PoolOptions, before: Pool['quota']): PoolChange['quota'] {
  const { perHolder, leasesPerHolder, queuedPerHolder, queued } = options;
  const wanted = { perHolder, leasesPerHolder, queuedPerHolder, queued };
  return Object.values(wanted).every((one) => one === undefined) ? undefined : withBounds(before, wanted);
}

function withBounds<Name extends string>(
  before: { readonly [name in Name]?: number },
  wanted: Readonly<Record<Name, Bound | undefined>>,
): { [name in Name]?: number } {
  const said = Object.entries<Bound | undefined>(wanted);
  const taken = said.filter(([, value]) => value === NONE).map(([name]) => name);
  const set = said.filter(([, value]) => typeof value === 'number');
  const kept = Object.entries<number | undefined>(before).filter(([name]) => !taken.includes(name));
  return Object.fromEntries([...kept, ...set]) as { [name in Name]?: number };
}

function labelsOf({ label, unlabel = [] }: PoolOptions, before: Pool['labels']): PoolChange['labels'] {
  if (label === undefined && unlabel.length === 0) return undefined;
  const kept = Object.entries(before).filter(([name]) => !unlabel.includes(name));
  return { ...Object.fromEntries(kept), ...label };
}
