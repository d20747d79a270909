import { livenessOf, refuseInput } from '@poolkeeper/core';
import type { Resource as Member, Token, World } from '@poolkeeper/core';
import { EVERYBODY, mayUsePool } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Resource, ResourcesQuery } from '../../schemas/resource.ts';
import { viewResource } from '../../views/resource.ts';

type Filter = {
  readonly pool?: string;
  readonly status?: Member['status'];
  readonly provider?: string;
  readonly liveness?: Member['liveness'];
  readonly label?: readonly string[];
};

/** `GET /v1/resources`: the resources in the token's grant, in order of their ids. */
export const addListResources: AddRoutes = (app, { keeper }) => {
  app.get(
    '/resources',
    {
      config: { access: EVERYBODY },
      schema: {
        operationId: 'listResources',
        tags: ['resources'],
        summary: 'List resources',
        querystring: ResourcesQuery,
        response: { 200: PageOf(Resource) },
      },
    },
    async ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor);
      const fits = createFilter(query, token);
      return keeper.read((world) =>
        pageOf(idsAfter(world, query.pool, cursor), query.limit, (id) => {
          const resource = world.resources.get(id);
          return resource !== undefined && fits(resource) ? viewResource(world, resource, token) : undefined;
        }),
      );
    },
  );
};

function idsAfter(world: World, pool: string | undefined, cursor: string | undefined): Iterable<string> {
  if (pool === undefined) return world.resourceIds.after(cursor);
  return world.pools.get(pool)?.members.after(cursor) ?? [];
}

function createFilter(asked: Filter, token: Token): (resource: Member) => boolean {
  const labels = (asked.label ?? []).map((text, index) => {
    const at = text.indexOf('=');
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)] as const;
    throw refuseInput(`/query/label/${index}`, 'label has to be key=value');
  });
  return (resource) =>
    mayUsePool(token, resource.pool) &&
    (asked.status === undefined || resource.status === asked.status) &&
    (asked.provider === undefined || resource.provider === asked.provider) &&
    (asked.liveness === undefined || livenessOf(resource) === asked.liveness) &&
    labels.every(([key, value]) => Object.hasOwn(resource.labels, key) && resource.labels[key] === value);
}
