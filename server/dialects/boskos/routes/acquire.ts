import { Refusal } from '@poolkeeper/core';
import type { TakeByStage, TakenByStage } from '@poolkeeper/core';
import { onlyAccepts } from '../endpoint.ts';
import type { Answer, Endpoint, Exchange } from '../endpoint.ts';
import { BoskosError, noSuchType, notAvailable } from '../errors.ts';
import { parseGoDuration } from '../go-duration.ts';
import { resourceJson, seeMember } from '../resource-view.ts';

const PREFIX = 'Acquire failed: ';
/** Tells who waits how many come before it; the original tells nobody. */
const POSITION_HEADER = 'x-queue-position';
type Taken = Extract<TakenByStage, { result: 'taken' }>;

/** `POST /acquire`: takes the member whose turn it is, the one that stands at the stage for the longest. */
export const acquire: Endpoint = {
  path: '/acquire',
  method: 'POST',
  isReading: false,
  refuseMethod: onlyAccepts('/acquire'),
  prefix: () => PREFIX,
  run: async (exchange) => {
    const { query, types, caller, settings } = exchange;
    const type = query('type');
    const [stage, dest, holder] = [query('state'), query('dest'), query('owner')];
    if (type === '' || stage === '' || dest === '' || holder === '')
      throw new BoskosError(
        400,
        `Bad request: Type: ${type}, state: ${stage}, dest: ${dest}, owner: ${holder}, all of them must be set in the request.`,
      );
    const waitMs = readWait(query('wait'));
    const pool = await types.find(type, caller);
    if (pool === undefined) throw noSuchType(PREFIX, type);
    const request = query('request_id') === '' ? null : query('request_id');
    const command = { type: 'takeByStage', pool, stage, dest, holder, request } as const;
    const taken = await take(exchange, { ...command, askWithinMs: settings.requestTtlMs }, waitMs).catch(
      (error: unknown) => {
        throw refusalOf(error, exchange, type);
      },
    );
    if (taken.result !== 'taken') return refuse(exchange, type, taken.position);
    return answer(exchange, type, taken);
  },
};

/** How long the client wishes to wait, in milliseconds. Errors: 400. */
function readWait(text: string): number {
  if (text === '') return 0;
  try {
    return Math.max(0, parseGoDuration(text));
  } catch (error) {
    throw new BoskosError(400, `Bad request: wait: ${(error as Error).message}; send it as wait=30s`);
  }
}

async function take(exchange: Exchange, command: TakeByStage, waitMs: number): Promise<TakenByStage> {
  const { keeper, lines, response } = exchange;
  const ask = (): Promise<TakenByStage> => keeper.ask(command);
  if (waitMs === 0) return ask();
  const { pool, stage, request, askWithinMs: ttlMs, holder } = command;
  const taken = await lines.ask({ pool, stage, request, waitMs, ttlMs }, response, ask);
  // Nobody hears of it any more, so nobody would ever give it back.
  if (taken.result === 'taken' && response.destroyed)
    await keeper.ask({ type: 'putBack', name: taken.resource.name, holder, dest: stage });
  return taken;
}

/** The pool may be gone since it was found. */
function refusalOf(error: unknown, { types }: Exchange, type: string): unknown {
  if (!(error instanceof Refusal) || error.code !== 'pool_not_found') return error;
  types.forget();
  return noSuchType(PREFIX, type);
}

/** A type that exists without a member is not said to be missing: clients take that for final. */
function refuse({ response }: Exchange, type: string, position: number | null): never {
  if (position !== null) response.setHeader(POSITION_HEADER, String(position));
  throw notAvailable(PREFIX, type);
}

function answer({ query, metrics }: Exchange, type: string, { resource, waitedMs }: Taken): Answer {
  const [owner, state, dest] = [query('owner'), query('state'), query('dest')];
  const hasRequestId = query('request_id') !== '';
  metrics.observeAcquire({ type, state, dest, hasRequestId, waitedMs: waitedMs ?? 0 });
  return { body: resourceJson({ ...seeMember(resource), type, owner }) };
}
