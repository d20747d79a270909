import { NOTHING, onlyAccepts } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import { BoskosError } from '../errors.ts';
import { readUserData } from '../go-json.ts';
import { withHeld } from '../held-resource.ts';
import type { Query } from '../query.ts';
import { readBody } from '../read-body.ts';

/** `POST /update`: the holder says that it still has the member, and what is to be kept with it. */
export const update: Endpoint = {
  path: '/update',
  method: 'POST',
  isReading: false,
  refuseMethod: onlyAccepts('/update'),
  prefix: prefixOf,
  run: async (exchange) => {
    const { keeper, query, request } = exchange;
    const [name, holder, stage] = [query('name'), query('owner'), query('state')];
    if (name === '' || holder === '' || stage === '')
      throw new BoskosError(
        400,
        `Name: ${name}, owner: ${holder}, state : ${stage}, all of them must be set in the request.`,
      );
    const data = readUserData(await readBody(request));
    await withHeld(exchange, { name, holder, stage, prefix: prefixOf(query) }, () =>
      keeper.ask({ type: 'noteHolding', name, holder, stage, data }),
    );
    return NOTHING;
  },
};

function prefixOf(query: Query): string {
  return `Update failed: ${query('name')} - ${query('state')} (${query('owner')}): `;
}
