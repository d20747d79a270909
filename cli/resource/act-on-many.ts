import type { ActionResults, Poolkeeper, ResourceActions } from '@poolkeeper/client';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { requireYes } from '../consent.ts';
import { kindOf } from '../error-kind.ts';
import { EXIT, EXIT_BY_KIND } from '../exit-codes.ts';
import { pair } from '../option-values.ts';
import type { Pairs } from '../option-values.ts';
import { printJson, printLine } from '../output.ts';
import { openSession } from '../runtime.ts';
import type { Runtime, Session } from '../runtime.ts';

/** Resources that one command acts on; whoever means more says which first. */
const RESOURCES_MAX = 10_000;
/** Resources that one request names. */
const IDS_MAX = 1_000;
/** Resources that a question names. */
const NAMES_SHOWN_MAX = 10;
const REASON = 'asked for on the command line';

/** Which resources are meant, where none is named. */
export type ManyOptions = {
  readonly pool?: string;
  readonly match?: Pairs;
  readonly filter?: string;
  readonly held?: true;
  readonly all?: true;
  readonly reason?: string;
  readonly ifVersion?: number;
  readonly dryRun?: true;
  readonly yes?: true;
};

type Result = ActionResults['items'][number];

export function addManyOptions(command: Command): Command {
  return command
    .option('--match <label=value>', 'those with this label; may be repeated', pair)
    .option('--filter <expression>', 'those that this CEL expression accepts')
    .option('--held', 'those that are held for a person')
    .option('--all', 'every resource there is')
    .option('--dry-run', 'only show what would be done')
    .option('--yes', 'do not ask');
}

/** Errors: `CliError` where resources are named and selected, or neither. */
export function requireOneWay(references: readonly string[], options: ManyOptions): void {
  const { pool, match, filter, held, all, dryRun, ifVersion } = options;
  const isSelecting = [match, filter, held, all].some((option) => option !== undefined);
  if (references.length > 0) {
    if (!isSelecting && dryRun === undefined) return;
    throw new CliError(
      'Resources are named, and --match, --filter, --held, --all and --dry-run are for those that are not.',
      {
        advice: 'Name them, or say which.',
        exitCode: EXIT.usage,
      },
    );
  }
  if (pool === undefined && !isSelecting) {
    throw new CliError('No resource is named, and nothing says which are meant.', {
      advice: 'Name them, or say which: --pool, --match, --filter or --held; --all for every one there is.',
      exitCode: EXIT.usage,
    });
  }
  if (ifVersion !== undefined) {
    throw new CliError('--if-version is the version of one resource, and none is named.', {
      advice: 'Name one, or leave --if-version out.',
      exitCode: EXIT.usage,
    });
  }
}

/** Does the same to every resource that fits: shows what that would be, asks where they are many, and does it. */
export async function actOnMany(
  { runtime, self }: { readonly runtime: Runtime; readonly self: Command },
  { verb, done }: { readonly verb: ResourceActions['action']; readonly done: string },
  options: ManyOptions,
): Promise<void> {
  const session = openSession(runtime, self);
  const { client, context, isJson } = session;
  const request = { action: verb, reason: options.reason ?? REASON };
  const would = await preview(client, { ...request, ...selectorOf(options), dryRun: true });
  const isDry = options.dryRun === true;
  const fitting = would.filter(({ refusal }) => refusal === null);
  if (!isDry && fitting.length > 1 && options.yes !== true) await ask(session, verb, fitting);
  const results = isDry ? would : await actOn(client, request, would);
  if (isJson) printJson(context.stdout, { items: results });
  else if (results.length === 0) printLine(context.stdout, 'No resource fits, so there was nothing to do.');
  for (const result of results) report({ runtime, session }, isDry ? `would be ${done}` : done, result);
}

function selectorOf({ pool, match, filter, held, all }: ManyOptions): Partial<ResourceActions> {
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(match === undefined ? {} : { match }),
    ...(filter === undefined ? {} : { filter }),
    ...(held === undefined ? {} : { held }),
    ...(all === undefined ? {} : { all }),
  };
}

async function preview({ resources }: Poolkeeper, request: ResourceActions): Promise<Result[]> {
  const results: Result[] = [];
  let cursor: string | null | undefined;
  do {
    const { items, left, next } = await resources.actOnMany(
      cursor === undefined || cursor === null ? request : { ...request, cursor },
    );
    results.push(...items);
    if (results.length + left > RESOURCES_MAX) {
      throw new CliError(
        `${results.length + left} resources fit, and at most ${RESOURCES_MAX} are acted on at once. Nothing was done.`,
        { advice: 'Say more closely which, such as with --pool or --filter.', exitCode: EXIT.usage },
      );
    }
    cursor = next;
  } while (cursor !== null);
  return results;
}

/** Those that were shown, and no others. */
async function actOn(
  { resources }: Poolkeeper,
  request: Pick<ResourceActions, 'action' | 'reason'>,
  shown: readonly Result[],
): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < shown.length; from += IDS_MAX) {
    const ids = shown.slice(from, from + IDS_MAX).map(({ id }) => id);
    results.push(...(await resources.actOnMany({ ...request, ids })).items);
  }
  return results;
}

function ask(session: Session, verb: string, fitting: readonly Result[]): Promise<void> {
  const names = fitting.slice(0, NAMES_SHOWN_MAX).map(({ name, pool }) => `${name} of ${pool}`);
  const more = fitting.length > names.length ? `, and ${fitting.length - names.length} more` : '';
  const what = `${verb} ${fitting.length} resources: ${names.join(', ')}${more}`;
  return requireYes(session, {
    question: `${what}?`,
    unasked: `This would ${what}, and nobody can be asked.`,
    advice: 'Nothing was done. Look at it with --dry-run, and agree to it beforehand with --yes.',
  });
}

function report(
  { runtime, session }: { readonly runtime: Runtime; readonly session: Session },
  done: string,
  { id, name, status, refusal }: Result,
): void {
  const { context, colors, isJson } = session;
  if (refusal === null) {
    if (!isJson) printLine(context.stdout, `${done} ${name ?? id} (${id}): it is ${status}`);
    return;
  }
  if (!isJson)
    printLine(context.stderr, `${colors.red('poolkeeper:')} ${name ?? id} (${id}): ${refusal.detail}`);
  if (runtime.exitCode === EXIT.ok) {
    runtime.exitCode = EXIT_BY_KIND[kindOf({ code: refusal.code, status: 409 })];
  }
}
