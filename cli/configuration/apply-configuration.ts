import { ApiError } from '@poolkeeper/client';
import type { Plan } from '@poolkeeper/client';
import { CliError } from '../cli-error.ts';
import { requireYes } from '../consent.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import type { Session } from '../runtime.ts';
import { printPlan, summarize } from './print-plan.ts';
import { withinFiles } from './read-configuration.ts';
import type { ReadConfiguration } from './read-configuration.ts';

/** Plans that one apply shows, when the world changes under each of them. */
const PLANS_MAX = 5;

export type ApplyOptions = { readonly prune: boolean; readonly yes: boolean };

/**
 * Applies a configuration: with `yes` at once, else the plan is shown first, and a person is asked when it gives something up.
 *
 * Errors: `CliError` when nobody can be asked, or the answer is no; nothing was changed then.
 */
export async function applyConfiguration(
  session: Session,
  read: ReadConfiguration,
  { prune, yes }: ApplyOptions,
): Promise<void> {
  const { client } = session;
  const request = { config: read.config, prune };
  if (yes) {
    const done = await withinFiles(read, () => client.configuration.apply(request));
    if (session.isJson) return printJson(session.context.stdout, done);
    printPlan(session, done);
    return printDone(session, done);
  }
  for (let plans = 1; plans <= PLANS_MAX; plans += 1) {
    const plan = await withinFiles(read, () => client.configuration.plan(request));
    if (!session.isJson) printPlan(session, plan);
    if (plan.destructive) await requireConsent(session, plan);
    const done = await applyAgreed(session, read, { ...request, fingerprint: plan.fingerprint });
    if (done === undefined) continue;
    if (session.isJson) printJson(session.context.stdout, done);
    else printDone(session, done);
    return;
  }
  throw new CliError(`The world changed under each of ${PLANS_MAX} plans. Nothing was changed.`, {
    advice: 'Try again when it is quieter, or agree to whatever it comes to with --yes.',
    exitCode: EXIT.conflict,
  });
}

/** Undefined when something else would happen now than what was agreed to. */
async function applyAgreed(
  { client, context, isJson }: Session,
  read: ReadConfiguration,
  request: Parameters<typeof client.configuration.apply>[0],
): Promise<Plan | undefined> {
  try {
    return await withinFiles(read, () => client.configuration.apply(request));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'plan_outdated') throw error;
    if (!isJson) printLine(context.stderr, 'The world changed meanwhile, so this is planned again.');
    return undefined;
  }
}

function requireConsent(session: Session, plan: Plan): Promise<void> {
  return requireYes(session, {
    question: 'Do this?',
    unasked: `This gives something up, and nobody can be asked: ${summarize(session.colors, plan)}`,
    advice: 'Nothing was changed. Look at it with "poolkeeper plan", and agree to it beforehand with --yes.',
  });
}

function printDone({ context }: Session, { entries, totals }: Plan): void {
  if (entries.length === 0) return;
  const isUnderWay = totals.create + totals.destroy + totals.drain > 0;
  const next = isUnderWay ? ' "poolkeeper pool list --watch" shows how it gets there.' : '';
  printLine(context.stdout, `Applied.${next}`);
}
