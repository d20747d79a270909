import { refuseDecision } from '@poolkeeper/core';
import type { Token } from '@poolkeeper/core';
import type { FastifyRequest } from 'fastify';
import { Shared } from '../../../schemas/common.ts';
import type { Keeper } from '../../../keeper/contract.ts';
import { OPERATORS } from '../../access.ts';
import { versionOf } from '../../entity-tag.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { ApprovalInput, DenialInput, Run } from '../../schemas/run.ts';
import type { RunBody } from '../../schemas/run.ts';
import { viewRun } from '../../views/run.ts';
import { requireRun } from './require-run.ts';

const DESCRIPTION =
  'The token and the reason are kept as evidence of the step. A run may ask more than once: with `If-Match` a word that comes late is ' +
  'refused, and answers no later question.';

/** `POST /v1/runs/{id}/approve` and `/deny`: a person answers what a run asks. */
export const addDecideApproval: AddRoutes = (app, { keeper }) => {
  app.post(
    '/runs/:id/approve',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'approveRun',
        tags: ['runs'],
        summary: 'Say yes to what a run asks, so that it goes on',
        description: DESCRIPTION,
        params: IdPath,
        body: Shared(ApprovalInput),
        response: { 200: Run },
      },
    },
    async (request) => {
      const { params, body, token } = request;
      return decide(keeper, request, { id: params.id, token, isApproved: true, reason: body.reason });
    },
  );
  app.post(
    '/runs/:id/deny',
    {
      config: { access: OPERATORS },
      schema: {
        operationId: 'denyRun',
        tags: ['runs'],
        summary: 'Say no to what a run asks: the step has failed',
        description: `What follows is the step's \`onFailure\`. ${DESCRIPTION}`,
        params: IdPath,
        body: Shared(DenialInput),
        response: { 200: Run },
      },
    },
    async (request) => {
      const { params, body, token } = request;
      return decide(keeper, request, { id: params.id, token, isApproved: false, reason: body.reason });
    },
  );
};

type Decision = {
  readonly id: string;
  readonly token: Token;
  readonly isApproved: boolean;
  readonly reason: string | undefined;
};

/** A run keeps its pool, so what is in the grant at the look is in it at the decision. */
async function decide(
  keeper: Keeper,
  request: FastifyRequest,
  { id, token, isApproved, reason }: Decision,
): Promise<RunBody> {
  const seen = await requireRun(keeper, id, token);
  if (seen.endedAt !== null) throw refuseDecision(seen);
  await keeper.ask({
    type: 'decideApproval',
    run: id,
    isApproved,
    by: token.name,
    reason: reason ?? `${token.name} approved it`,
    ...versionOf(request),
  });
  return viewRun(await requireRun(keeper, id, token));
}
