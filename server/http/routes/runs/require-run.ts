import { Refusal } from '@poolkeeper/core';
import type { Run, Token } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { mayUsePool } from '../../access.ts';

/** A run, live or over, that the token may see. Errors: `run_not_found`, for one outside of its grant too. */
export async function requireRun(keeper: Keeper, id: string, token: Token): Promise<Run> {
  const live = await keeper.read((world) => world.runs.get(id));
  const run = live ?? (await keeper.findRun(id));
  if (run !== undefined && mayUsePool(token, run.pool)) return run;
  throw new Refusal('run_not_found', `There is no run "${id}". See those that there are with GET /v1/runs.`);
}
