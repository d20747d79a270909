import type { JsonObject } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { AccountRequest, Leftover, Output } from '../contract.ts';
import { findKeeping } from './cleaning/keeping.ts';
import { keyOf, sayItem } from './cleaning/product.ts';
import type { Item } from './cleaning/product.ts';
import { Survey } from './cleaning/survey.ts';
import type { Found } from './cleaning/survey.ts';
import { Sweep } from './cleaning/sweep.ts';
import { enter } from './entrance.ts';
import type { Entrance, EntranceInput } from './entrance.ts';
import { PLAN, PRODUCTS } from './plan.ts';

/** So many are named; the others are counted. */
const NAMED_MAX = 20;

export type CleaningInput = EntranceInput & { readonly logger: Logger };
export type Cleaning = { readonly signal: AbortSignal; readonly output?: Output | undefined };

/**
 * Empties an account, phase after phase, and looks at everything again in the end.
 *
 * Errors: those of `enter` and `findKeeping`, before anything is deleted; the union of what could not be taken away or looked at:
 * `ProviderTransient` as long as any of it may pass, else `ProviderRefused`.
 */
export async function cleanAccount(
  input: CleaningInput,
  request: AccountRequest,
  { signal, output }: Cleaning,
): Promise<JsonObject> {
  const { settings, wire, logger } = input;
  const say = linesTo(output);
  const entrance = await enter(input, request, signal);
  const survey = await openSurvey(input, entrance, { request, signal });
  const { account } = entrance.params;
  if (settings.dryRun) {
    const found = await lookAtAll(survey, signal);
    for (const item of found.items) say(`would delete ${sayItem(item)}`);
    if (found.errors.length > 0) throw union(account, [], found.errors);
    const wouldDelete = found.items.length;
    return { account, dryRun: true, wouldDelete, named: named(found.items), notLookedAt: absentOf(survey) };
  }
  const { phaseMsMax, clusterMsMax } = settings;
  const sweep = new Sweep({ wire, logger, cloud: entrance.cloud, survey, phaseMsMax, clusterMsMax, say });
  for (const stage of PLAN) await sweep.run(stage, signal);
  const { items, errors } = await lookAtAll(survey, signal);
  const left = items.map((item) => ({ item, error: sweep.errorOf(item) }));
  if (left.length > 0 || errors.length > 0) throw union(account, left, errors);
  for (const [place, why] of survey.absent) say(`not looked at: ${place}: ${why}`);
  return { account, deleted: sweep.deleted, notLookedAt: absentOf(survey) };
}

/**
 * Lists everything again: what is there that should not be.
 *
 * Errors: those of `cleanAccount`; what cannot be listed is a failure, since nobody knows what is there.
 */
export async function findLeftovers(
  input: CleaningInput,
  request: AccountRequest,
  { signal, output }: Cleaning,
): Promise<readonly Leftover[]> {
  const entrance = await enter(input, request, signal);
  const survey = await openSurvey(input, entrance, { request, signal });
  const { items, errors } = await lookAtAll(survey, signal);
  if (errors.length > 0) throw union(entrance.params.account, [], errors);
  const say = linesTo(output);
  for (const [place, why] of survey.absent) say(`not looked at: ${place}: ${why}`);
  return items.map(({ product, region, id, name }) => ({
    kind: region === '' ? product.kind : `${product.kind} in ${region}`,
    id,
    ...(name === undefined ? {} : { name }),
  }));
}

async function openSurvey(
  { settings }: CleaningInput,
  entrance: Entrance,
  { request, signal }: { readonly request: AccountRequest; readonly signal: AbortSignal },
): Promise<Survey> {
  const { addresses, required } = settings;
  const { cloud, params } = entrance;
  const keeping = await findKeeping(entrance, request, signal);
  return new Survey({ cloud, params, keeping, addresses, required });
}

/** What two kinds find is one thing. */
async function lookAtAll(survey: Survey, signal: AbortSignal): Promise<Found> {
  const { items, errors } = await survey.look(PRODUCTS, signal);
  return { items: [...new Map(items.map((item) => [keyOf(item), item])).values()], errors };
}

type Left = { readonly item: Item; readonly error: Error | undefined };

function union(account: string, left: readonly Left[], errors: readonly Error[]): Error {
  const reasons = [
    ...left.map(({ item, error }) => {
      return `${sayItem(item)}: ${error?.message ?? 'it was deleted, and is not gone yet.'}`;
    }),
    ...new Set(errors.map(({ message }) => message)),
  ];
  const shown = reasons.slice(0, NAMED_MAX).join(' ');
  const more = reasons.length > NAMED_MAX ? ` And ${reasons.length - NAMED_MAX} more.` : '';
  const message = `Account ${account} is not clean. ${shown}${more} What could be taken away is gone.`;
  // What goes by itself waits for something else that is among them.
  const asked = left.filter(({ item }) => item.product.remove !== null);
  const causes = [...asked.map(({ error }) => error), ...errors];
  const isFinal = causes.every((cause) => cause instanceof ProviderRefused);
  return isFinal ? new ProviderRefused(message) : new ProviderTransient(message);
}

function named(items: readonly Item[]): string[] {
  return items.slice(0, NAMED_MAX).map(sayItem);
}

/** Services that are not there, in words. It is evidence: whoever reads it can see what was not looked at. */
function absentOf({ absent }: Survey): string[] {
  return [...absent].map(([place, why]) => `${place}: ${why}`).toSorted();
}

function linesTo(output: Output | undefined): (line: string) => void {
  const encoder = new TextEncoder();
  return (line) => output?.(encoder.encode(`${line}\n`));
}
