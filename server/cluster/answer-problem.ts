import type { Refusal } from '@poolkeeper/core';
import type { ServerResponse } from 'node:http';
import { problemOf, statusOf } from '../http/problem.ts';

/** After how many seconds it is worth another try, where requests were not taken. */
const RETRY_AFTER_SECONDS = 2;

/** Answers a request that no application saw as a problem. Nothing, to a client that has gone or has the head of an answer. */
export function answerProblem(
  response: ServerResponse,
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const id = typeof headers['x-request-id'] === 'string' ? headers['x-request-id'] : 'not-taken';
  const body = JSON.stringify(problemOf(refusal, id));
  const mayRepeat = refusal.kind === 'unavailable' && refusal.code !== 'outcome_unknown';
  response.writeHead(statusOf(refusal.code), {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    ...(mayRepeat ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
