import type { ApiClient } from '../api-client.ts';
import type { Lease, Page, Pool, Resource, Token } from '../api-types.ts';
import type { FindNames, Suggestion } from './complete.ts';

/** How long a shell is kept waiting for names, in milliseconds; without them there are none. */
const NAMES_MS_MAX = 500;
/** Names of one kind that are offered. */
const NAMES_MAX = 1_000;

/** Names that the server has; none where no server answers in time, or the token may not see them. */
export function serverNames(client: () => ApiClient): FindNames {
  return async (kind, pool) => {
    try {
      return await find(client(), kind, pool);
    } catch {
      // Somebody presses a key: there is no place to say what is wrong. "poolkeeper doctor" says it.
      return [];
    }
  };
}

async function find(
  client: ApiClient,
  kind: Parameters<FindNames>[0],
  pool: string | undefined,
): Promise<readonly Suggestion[]> {
  const list = async <T>(path: string, query: Readonly<Record<string, string | undefined>> = {}) => {
    const signal = AbortSignal.timeout(NAMES_MS_MAX);
    return (await client.get<Page<T>>(path, { ...query, limit: NAMES_MAX }, { signal })).items;
  };
  switch (kind) {
    case 'pool':
      return (await list<Pool>('/v1/pools')).map(({ name, kind: what }) => ({
        value: name,
        description: what,
      }));
    case 'resource':
      return (await list<Resource>('/v1/resources', { pool })).map(({ id, name, status }) =>
        // Beside a pool a name is enough, and is what people know.
        pool === undefined
          ? { value: id, description: `${name}, ${status}` }
          : { value: name, description: `${id}, ${status}` },
      );
    case 'lease':
      return (await list<Lease>('/v1/leases', { pool })).map(({ id, holder, status }) => ({
        value: id,
        description: `${holder}, ${status}`,
      }));
    case 'token':
      return (await list<Token>('/v1/tokens')).map(({ id, name, role }) => ({
        value: id,
        description: `${name}, ${role}`,
      }));
    case 'provider':
      return [];
  }
}
