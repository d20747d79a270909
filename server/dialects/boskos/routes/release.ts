import { NOTHING, onlyAccepts } from '../endpoint.ts';
import type { Endpoint } from '../endpoint.ts';
import { BoskosError } from '../errors.ts';
import { withHeld } from '../held-resource.ts';
import type { Query } from '../query.ts';

/** `POST /release`: gives a member back, to any state. */
export const release: Endpoint = {
  path: '/release',
  method: 'POST',
  isReading: false,
  refuseMethod: onlyAccepts('/release'),
  prefix: prefixOf,
  run: async (exchange) => {
    const { keeper, query } = exchange;
    const [name, dest, holder] = [query('name'), query('dest'), query('owner')];
    if (name === '' || dest === '' || holder === '')
      throw new BoskosError(
        400,
        `Name: ${name}, dest: ${dest}, owner: ${holder}, all of them must be set in the request.`,
      );
    await withHeld(exchange, { name, holder, stage: null, prefix: prefixOf(query) }, () =>
      keeper.ask({ type: 'putBack', name, holder, dest }),
    );
    return NOTHING;
  },
};

function prefixOf(query: Query): string {
  return `Done failed: ${query('name')} - ${query('dest')} (from ${query('owner')}): `;
}
