import { compareText } from '@poolkeeper/core';
import { OVERSEERS } from '../../access.ts';
import { keyOfCursor } from '../../cursor.ts';
import { pageOf } from '../../pages.ts';
import type { AddRoutes } from '../../parts.ts';
import { PageOf } from '../../schemas/page.ts';
import { Profile, ProfilesQuery } from '../../schemas/profile.ts';
import { viewProfile } from '../../views/profile.ts';

/** `GET /v1/profiles`: the profiles, in order of their names. */
export const addListProfiles: AddRoutes = (app, { keeper }) => {
  app.get(
    '/profiles',
    {
      config: { access: OVERSEERS },
      schema: {
        operationId: 'listProfiles',
        tags: ['profiles'],
        summary: 'List profiles',
        querystring: ProfilesQuery,
        response: { 200: PageOf(Profile) },
      },
    },
    ({ query, token }) => {
      const cursor = keyOfCursor(query.cursor);
      return keeper.read((world) => {
        const names = [...world.profiles.keys()].filter((name) => cursor === undefined || name > cursor);
        return pageOf(names.toSorted(compareText), query.limit, (name) => {
          const profile = world.profiles.get(name);
          return profile === undefined ? undefined : viewProfile(world, profile, token);
        });
      });
    },
  );
};
