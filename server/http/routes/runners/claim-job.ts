import { Refusal } from '@poolkeeper/core';
import type { Token } from '@poolkeeper/core';
import { Shared } from '../../../schemas/common.ts';
import { requireWaitMs } from '../../../schemas/durations.ts';
import { RUNNERS } from '../../access.ts';
import type { AddRoutes } from '../../parts.ts';
import { ClaimInput, RunnerJob } from '../../schemas/runner.ts';
import { viewClaimedJob } from '../../views/runner.ts';
import { whileThere } from './while-there.ts';

/** How long a request waits for a job at most, in milliseconds: shorter than what proxies cut. */
const CLAIM_WAIT_MS_MAX = 30_000;
/** How often a runner is asked to say that it goes on, in milliseconds. */
const HEARTBEAT_MS = 10_000;

/** `POST /v1/runner/claims`: the oldest job that fits a runner, with its secrets opened. */
export const addClaimRunnerJob: AddRoutes = (app, { runners }) => {
  app.post(
    '/runner/claims',
    {
      config: { access: RUNNERS },
      schema: {
        operationId: 'claimRunnerJob',
        tags: ['runners'],
        summary: 'Claim a job for a runner',
        description:
          'Waits for a job whose labels the runner has, and gives it to this runner alone: 200 with the job, 204 when there is none ' +
          'in time. A claim whose runner says nothing for 30 s goes to another one; its fence then opens nothing any more.',
        body: Shared(ClaimInput),
        response: { 200: RunnerJob, 204: { type: 'null', description: 'There is no job. Ask again.' } },
      },
    },
    async ({ body, token }, reply) => {
      const { name, version = '', wait } = body;
      const waitMs = wait === undefined ? CLAIM_WAIT_MS_MAX : requireWaitMs(wait, '/wait', CLAIM_WAIT_MS_MAX);
      const labels = labelsOf(token, body.labels);
      const runner = { name, token: token.name, pools: token.pools, labels, version };
      const claimed = await whileThere(reply.raw, (signal) => runners.claim(runner, waitMs, signal));
      if (claimed === null) return reply.code(204).send(null);
      reply.header('cache-control', 'no-store');
      return viewClaimedJob(claimed, HEARTBEAT_MS);
    },
  );
};

/** The labels that count: those of the token, where it has any, so that a stolen one reaches no other work. */
function labelsOf(
  token: Token,
  said: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const { labels } = token;
  if (labels === undefined) return said;
  const other = Object.entries(said).find(([name, value]) => labels[name] !== value);
  if (other === undefined) return labels;
  throw new Refusal(
    'forbidden',
    `The token is bound to labels, and ${other.join('=')} is none of them. Leave it out, or use a token that has it.`,
  );
}
