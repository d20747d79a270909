import { findResources, refuseInput } from '@poolkeeper/core';
import type { ActionResult, ResourceQuery, Token } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import { Shared } from '../../../schemas/common.ts';
import { OPERATORS, requireGrant } from '../../access.ts';
import { cursorAfter, keyOfCursor } from '../../cursor.ts';
import type { AddRoutes } from '../../parts.ts';
import { ACTIONS_MAX, ActionResults, ActionsInput } from '../../schemas/actions.ts';

/** `POST /v1/resources/actions`: does the same to many resources, each by itself. */
export const addActOnResources: AddRoutes = (app, { keeper }) => {
  app.post(
    '/resources/actions',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'actOnResources',
        tags: ['resources'],
        summary: 'Hold, retry, skip, quarantine or retire many resources',
        description:
          'To each by itself: one that refuses keeps no other from it, and the answer says why. Which are meant is said by ids, pool, ' +
          'labels, filter, status or hold, all of which have to fit, or by `all`. With `dryRun` nothing is done. What one answer does ' +
          'not tell of is done by the next, with its `next` as `cursor`.',
        body: Shared(ActionsInput),
        response: { 200: ActionResults },
      },
    },
    async ({ body, token }) => {
      const query = requireQuery(body, token);
      const { results, next } = await actInSteps(keeper, body, query);
      return {
        items: results.map(viewResult),
        left: next === null ? 0 : await countAfter(keeper, query, next),
        next: next === null ? null : cursorAfter(next),
      };
    },
  );
};

/** Errors: `invalid_input` where nothing says which: to mean all of them has to be said. */
function requireQuery(body: ActionsInput, token: Token): ResourceQuery {
  const { ids, pool, match, filter, status, held, all } = body;
  if (pool !== undefined) requireGrant(token, pool);
  const said = [ids, pool, match, filter, status, held, all];
  if (said.every((member) => member === undefined)) {
    throw refuseInput(
      '/all',
      'say which: ids, pool, match, filter, status or held; or all: true for every resource',
    );
  }
  return {
    ids: ids ?? null,
    pool: pool ?? null,
    match: match ?? {},
    filter: filter ?? null,
    status: status ?? null,
    isHeld: held === true,
    grant: token.pools,
  };
}

/** One decision after the other, so that what else waits for the keeper comes in between. */
async function actInSteps(
  keeper: Keeper,
  { action, reason, limit = ACTIONS_MAX, cursor, dryRun = false }: ActionsInput,
  query: ResourceQuery,
): Promise<{ results: ActionResult[]; next: string | null }> {
  const results: ActionResult[] = [];
  let after = keyOfCursor(cursor, '/cursor') ?? null;
  do {
    const step = await keeper.ask({
      type: 'actOnResources',
      action,
      reason,
      query,
      after,
      limit: limit - results.length,
      isDryRun: dryRun,
    });
    results.push(...step.results);
    after = step.next;
  } while (after !== null && results.length < limit);
  return { results, next: after };
}

async function countAfter(keeper: Keeper, query: ResourceQuery, from: string): Promise<number> {
  let count = 0;
  for (let after: string | null = from; after !== null;) {
    const step = await keeper.read((world) => {
      const { found, missing, next } = findResources(world, query, { after, limit: Infinity });
      return { found: found.length + missing.length, next };
    });
    count += step.found;
    after = step.next;
  }
  return count;
}

function viewResult({ id, name, pool, status, refusal }: ActionResult): ActionResults['items'][number] {
  return {
    id,
    name,
    pool,
    status,
    refusal: refusal === null ? null : { code: refusal.code, detail: refusal.message },
  };
}
