import type { TokenQuota } from '@poolkeeper/core';
import { ADMINS } from '../../access.ts';
import { requireDurationMs } from '../../../schemas/durations.ts';
import type { AddRoutes } from '../../parts.ts';
import { Shared } from '../../../schemas/common.ts';
import { NewToken, TokenInput } from '../../schemas/token.ts';
import { hashSecret, newSecret } from '../../secrets.ts';
import { viewToken } from '../../views/token.ts';

/** `POST /v1/tokens`: lets somebody in. The secret is in this one answer and nowhere else. */
export const addCreateToken: AddRoutes = (app, { keeper }) => {
  app.post(
    '/tokens',
    {
      config: { access: ADMINS },
      schema: {
        operationId: 'createToken',
        tags: ['tokens'],
        summary: 'Create a token',
        description: 'The answer holds the secret; only its digest is kept.',
        body: Shared(TokenInput),
        response: { 201: NewToken },
      },
    },
    async ({ body }, reply) => {
      const secret = newSecret();
      const ttlMs = body.ttl === undefined ? undefined : requireDurationMs(body.ttl, '/ttl');
      const token = await keeper.ask({
        type: 'createToken',
        name: body.name,
        hash: hashSecret(secret),
        role: body.role,
        pools: body.pools ?? null,
        quota: quotaOf(body.quota),
        ...(body.labels === undefined ? {} : { labels: body.labels }),
        expiresAt: ttlMs === undefined ? null : keeper.now() + ttlMs,
      });
      reply.code(201).header('location', `/v1/tokens/${token.id}`).header('cache-control', 'no-store');
      return { ...viewToken(token), secret };
    },
  );
};

function quotaOf(quota: TokenInput['quota']): TokenQuota {
  const { duration, ...counts } = quota ?? {};
  return {
    ...counts,
    ...(duration === undefined ? {} : { durationMs: requireDurationMs(duration, '/quota/duration') }),
  };
}
