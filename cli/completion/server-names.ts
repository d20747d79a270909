import type { Poolkeeper } from '@poolkeeper/client';
import type { FindNames, NameKind, Suggestion } from './complete.ts';

/** How long a shell is kept waiting for names, in milliseconds; without them there are none. */
const NAMES_MS_MAX = 500;
/** Names of one kind that are offered. */
const NAMES_MAX = 1_000;

/** Names that the server has; none where no server answers in time, or the token may not see them. */
export function serverNames(connect: () => Poolkeeper): FindNames {
  return async (kind, pool) => {
    try {
      return await find(connect(), kind, pool);
    } catch {
      // Somebody presses a key: there is no place to say what is wrong. "poolkeeper doctor" says it.
      return [];
    }
  };
}

async function find(
  client: Poolkeeper,
  kind: NameKind,
  pool: string | undefined,
): Promise<readonly Suggestion[]> {
  const paging = { limit: NAMES_MAX };
  const options = { signal: AbortSignal.timeout(NAMES_MS_MAX) };
  switch (kind) {
    case 'pool': {
      const { items } = await client.pools.page(paging, options);
      return items.map(({ name, kind: what }) => ({ value: name, description: what }));
    }
    case 'resource': {
      const { items } = await client.resources.page({ pool, ...paging }, options);
      return items.map(({ id, name, status }) =>
        // Beside a pool a name is enough, and is what people know.
        pool === undefined
          ? { value: id, description: `${name}, ${status}` }
          : { value: name, description: `${id}, ${status}` },
      );
    }
    case 'lease': {
      const { items } = await client.leases.page({ pool, ...paging }, options);
      return items.map(({ id, holder, status }) => ({ value: id, description: `${holder}, ${status}` }));
    }
    case 'token': {
      const { items } = await client.tokens.page(paging, options);
      return items.map(({ id, name, role }) => ({ value: id, description: `${name}, ${role}` }));
    }
    case 'workflow': {
      const { items } = await client.workflows.page(paging, options);
      return items.map(({ name, steps }) => ({
        value: name,
        description: steps.map((step) => step.name).join(', '),
      }));
    }
    case 'profile': {
      const { items } = await client.profiles.page(paging, options);
      return items.map(({ name, params }) => ({ value: name, description: Object.keys(params).join(', ') }));
    }
    case 'webhook': {
      const { items } = await client.webhooks.page(paging, options);
      return items.map(({ name, state }) => ({ value: name, description: state }));
    }
    case 'secret': {
      const { items } = await client.secrets.page(paging, options);
      return items.map(({ name, version }) => ({ value: name, description: `version ${version}` }));
    }
    case 'provider': {
      const { items } = await client.providers.page(paging, options);
      return items.map(({ name, driver, state }) => ({ value: name, description: `${driver}, ${state}` }));
    }
  }
}
