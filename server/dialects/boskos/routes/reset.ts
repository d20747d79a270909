import { Refusal } from '@poolkeeper/core';
import { onlyAccepts } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import { BoskosError } from '../errors.ts';
import { parseGoDuration } from '../go-duration.ts';
import { goMap } from '../go-json.ts';

/** `POST /reset`: takes members away from holders that were silent for so long; answers who had what. */
export const reset: Endpoint = {
  path: '/reset',
  method: 'POST',
  isReading: false,
  refuseMethod: onlyAccepts('/reset'),
  prefix: () => 'could not reset states: ',
  run: async ({ keeper, query, types, caller }) => {
    const [type, stage, dest, expire] = [query('type'), query('state'), query('dest'), query('expire')];
    if (type === '' || stage === '' || expire === '' || dest === '')
      throw new BoskosError(
        400,
        `Type: ${type}, state: ${stage}, expire: ${expire}, dest: ${dest}, all of them must be set in the request.`,
      );
    const silentMs = readExpire(expire);
    const pool = await types.find(type, caller);
    if (pool === undefined) return { body: '{}' };
    const owners = await keeper
      .ask({ type: 'takeAwaySilent', pool, stage, dest, silentMs })
      .catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.code !== 'pool_not_found') throw error;
        types.forget();
        return {};
      });
    return { body: goMap(Object.entries(owners)) };
  },
};

function readExpire(text: string): number {
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw new BoskosError(400, (error as Error).message, { cause: error });
  }
}
