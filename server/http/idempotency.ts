import { canonicalJson, refuseInput } from '@poolkeeper/core';
import type { Json } from '@poolkeeper/core';
import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { IDEMPOTENCY_KEY_PATTERN, PATTERN_MEANINGS } from '../schemas/common.ts';
import type { LeaseInput } from './schemas/lease.ts';

const KEY = new RegExp(IDEMPOTENCY_KEY_PATTERN);

/**
 * The key under which a request may be repeated, with a digest of the request; undefined where it has no `Idempotency-Key`.
 *
 * How long the caller waits is no part of what it asks for, so a repetition may wait differently.
 * Errors: `invalid_input` for a key that is too long or not printable.
 */
export function idempotencyOf(
  request: FastifyRequest<{ Body: LeaseInput }>,
): { key: string; fingerprint: string } | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw refuseInput(
      '/headers/idempotency-key',
      `Idempotency-Key has to be ${PATTERN_MEANINGS[IDEMPOTENCY_KEY_PATTERN]}.`,
    );
  }
  const { wait: _wait, ...asked } = request.body;
  return { key, fingerprint: hash('sha256', canonicalJson(asked as Json), 'hex') };
}
