import type { Token } from '@poolkeeper/core';
import type { ClaimReference } from '../../../runners/contract.ts';
import { Shared } from '../../../schemas/common.ts';
import { RUNNERS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { IdPath } from '../../schemas/path.ts';
import { FenceInput, OutcomeInput, OutputInput } from '../../schemas/runner.ts';

const TAKEN = { 204: { type: 'null', description: 'It is taken.' } };
const LOST = '409 `claim_lost` means: stop the job and forget it.';

/** `POST /v1/runner/jobs/{id}/heartbeat`: the runner goes on with it. */
export const addHeartbeatRunnerJob: AddRoutes = (app, { runners }) => {
  app.post(
    '/runner/jobs/:id/heartbeat',
    {
      config: { access: RUNNERS },
      schema: {
        operationId: 'heartbeatRunnerJob',
        tags: ['runners'],
        summary: 'Say that a claimed job goes on',
        description: LOST,
        params: IdPath,
        body: Shared(FenceInput),
        response: TAKEN,
      },
    },
    async ({ params, body, token }, reply) => {
      runners.heartbeat(referenceOf(token, params.id, body.fence));
      return reply.code(204).send(null);
    },
  );
};

/** `POST /v1/runner/jobs/{id}/output`: what the step puts out, for the log of its run. */
export const addWriteRunnerOutput: AddRoutes = (app, { runners }) => {
  app.post(
    '/runner/jobs/:id/output',
    {
      config: { access: RUNNERS },
      schema: {
        operationId: 'writeRunnerOutput',
        tags: ['runners'],
        summary: 'Send what a claimed job puts out',
        description: `Counts as a heartbeat. Secrets are masked again. ${LOST}`,
        params: IdPath,
        body: Shared(OutputInput),
        response: TAKEN,
      },
    },
    async ({ params, body, token }, reply) => {
      const chunks = body.chunks.map(({ data, ...chunk }) => ({
        ...chunk,
        bytes: Buffer.from(data, 'base64'),
      }));
      await runners.output(referenceOf(token, params.id, body.fence), chunks);
      return reply.code(204).send(null);
    },
  );
};

/** `POST /v1/runner/jobs/{id}/result`: what the attempt came to. */
export const addFinishRunnerJob: AddRoutes = (app, { runners }) => {
  app.post(
    '/runner/jobs/:id/result',
    {
      config: { access: RUNNERS },
      schema: {
        operationId: 'finishRunnerJob',
        tags: ['runners'],
        summary: 'Say what a claimed job came to',
        description: `It counts under the fence of the claim alone. ${LOST}`,
        params: IdPath,
        body: Shared(OutcomeInput),
        response: TAKEN,
      },
    },
    async ({ params, body, token }, reply) => {
      const { fence, ...outcome } = body;
      await runners.finish(referenceOf(token, params.id, fence), outcome);
      return reply.code(204).send(null);
    },
  );
};

/** `POST /v1/runner/jobs/{id}/release`: another runner is to do it. */
export const addReleaseRunnerJob: AddRoutes = (app, { runners }) => {
  app.post(
    '/runner/jobs/:id/release',
    {
      config: { access: RUNNERS },
      schema: {
        operationId: 'releaseRunnerJob',
        tags: ['runners'],
        summary: 'Give a claimed job back',
        description: `For a runner that stops: another one gets it at once. ${LOST}`,
        params: IdPath,
        body: Shared(FenceInput),
        response: TAKEN,
      },
    },
    async ({ params, body, token }, reply) => {
      await runners.release(referenceOf(token, params.id, body.fence));
      return reply.code(204).send(null);
    },
  );
};

function referenceOf(token: Token, job: string, fence: number): ClaimReference {
  return { token: token.name, job, fence };
}
