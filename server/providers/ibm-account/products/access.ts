import type { Json } from '@poolkeeper/core';
import { at, textAt } from '../json.ts';
import type { Item, Keeping, Product } from '../cleaning/product.ts';

/** Every account has it, and nobody can delete it. */
const PUBLIC_GROUP = 'AccessGroupId-PublicAccess';
const SUBJECTS = ['iam_id', 'access_group_id'];

/** What identities may do, and what services may do with each other. */
export const POLICIES: Product = {
  kind: 'access policy',
  service: 'iam',
  list: {
    path: '/v1/policies',
    query: { account_id: '{account}', limit: '100' },
    variants: [{ type: 'access' }, { type: 'authorization' }],
    items: 'policies',
    paging: { by: 'link', at: 'next.href' },
  },
  id: 'id',
  mustAnswer: true,
  spares: isOfTheKept,
  remove: { method: 'DELETE', path: '/v1/policies/{id}' },
};

/** Without their own policies, what manages the account and what its holders log in with could do nothing any more. */
function isOfTheKept({ said }: Item, { identities, groups }: Keeping): boolean {
  if (at(said, 'state') === 'deleted') return true;
  const subjects = at(said, 'subjects');
  if (!Array.isArray(subjects)) return false;
  return (subjects as readonly Json[]).some((subject) => {
    const attributes = at(subject, 'attributes');
    return (
      Array.isArray(attributes) &&
      (attributes as readonly Json[]).some((attribute) => {
        const value = textAt(attribute, 'value') ?? '';
        return (
          SUBJECTS.includes(textAt(attribute, 'name') ?? '') && (identities.has(value) || groups.has(value))
        );
      })
    );
  });
}

export const ACCESS_GROUPS: Product = {
  kind: 'access group',
  service: 'iam',
  list: {
    path: '/v2/groups',
    query: { account_id: '{account}' },
    items: 'groups',
    paging: { by: 'offset', limit: 100 },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  mustAnswer: true,
  spares: ({ id }, { groups }) => id === PUBLIC_GROUP || groups.has(id),
  remove: { method: 'DELETE', path: '/v2/groups/{id}', query: { force: 'true' } },
};

export const TRUSTED_PROFILES: Product = {
  kind: 'trusted profile',
  service: 'iam',
  list: {
    path: '/v1/profiles',
    query: { account_id: '{account}', pagesize: '100' },
    items: 'profiles',
    paging: { by: 'link', at: 'next' },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  mustAnswer: true,
  spares: ({ said }, { identities }) => identities.has(textAt(said, 'iam_id') ?? ''),
  remove: { method: 'DELETE', path: '/v1/profiles/{id}' },
};

export const CUSTOM_ROLES: Product = {
  kind: 'custom role',
  service: 'iam',
  list: {
    path: '/v2/roles',
    query: { account_id: '{account}' },
    items: 'custom_roles',
    paging: { by: 'none' },
  },
  id: 'id',
  name: 'name',
  crn: 'crn',
  mustAnswer: true,
  remove: { method: 'DELETE', path: '/v2/roles/{id}' },
};

export const USERS: Product = {
  kind: 'invited user',
  service: 'userManagement',
  list: {
    path: '/v2/accounts/{account}/users',
    query: { limit: '100' },
    items: 'resources',
    paging: { by: 'link', at: 'next_url' },
  },
  id: 'iam_id',
  name: 'user_id',
  mustAnswer: true,
  spares: ({ id }, { identities }) => identities.has(id),
  remove: { method: 'DELETE', path: '/v3/accounts/{account}/users/{id}' },
};
