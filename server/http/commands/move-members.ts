import type { MoveMembers, Token } from '@poolkeeper/core';
import type { AdditionInput, RemovalInput } from '../schemas/members.ts';

type Asked =
  | { readonly direction: 'add'; readonly pool: string; readonly body: AdditionInput }
  | { readonly direction: 'remove'; readonly pool: string; readonly body: RemovalInput };

/** What a request to add or remove members means to the core. */
export function moveCommand(asked: Asked, token: Token): MoveMembers {
  const { direction, pool, body } = asked;
  const other = asked.direction === 'add' ? asked.body.from : asked.body.to;
  const { count, minimum, names, ids, all, match, filter, on } = body;
  return {
    type: 'moveMembers',
    direction,
    pool,
    grant: token.pools,
    ...(other === undefined ? {} : { other }),
    ...(count === undefined ? {} : { count }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(all === undefined ? {} : { isAll: all }),
    ...(names === undefined ? {} : { names }),
    ...(ids === undefined ? {} : { ids }),
    ...(match === undefined ? {} : { match }),
    ...(filter === undefined ? {} : { filter }),
    ...(on === undefined ? {} : { on }),
  };
}
