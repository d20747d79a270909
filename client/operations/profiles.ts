import { change, ifMatch, repeat } from '../api.ts';
import type { Api, CallOptions, ChangeOptions } from '../api.ts';
import type { operations, Profile, ProfileSpecification } from '../api.gen.ts';
import { eachItem } from '../pages.ts';
import type { ListQuery, Page, Query } from '../pages.ts';
import { untilGone } from './until-gone.ts';

type ProfilesQuery = NonNullable<operations['listProfiles']['parameters']['query']>;
export type { ProfilesQuery };

/** Parameters that resources can be given together. */
export type Profiles = {
  /** Every profile, by name. `GET /v1/profiles` */
  list(query?: ListQuery<ProfilesQuery>, options?: CallOptions): AsyncIterable<Profile>;
  /** One page of profiles. `GET /v1/profiles` */
  page(query?: Query<ProfilesQuery>, options?: CallOptions): Promise<Page<Profile>>;
  /** `GET /v1/profiles/{profile}` */
  get(profile: string, options?: CallOptions): Promise<Profile>;
  /** Makes a profile, or makes it what is said here. `PUT /v1/profiles/{profile}` */
  put(profile: string, specification: ProfileSpecification, options?: ChangeOptions): Promise<Profile>;
  /** Takes a profile away that no pool names and no resource has. `DELETE /v1/profiles/{profile}` */
  remove(profile: string, options?: ChangeOptions): Promise<null>;
};

export function profileOperations(api: Api): Profiles {
  const { http } = api;
  const page: Profiles['page'] = (query = {}, options) =>
    repeat(
      api,
      (init) => http.GET('/v1/profiles', { ...init, params: { query: query as ProfilesQuery } }),
      options,
    );
  return {
    page,
    list: (query, options) => eachItem((paging) => page({ ...query, ...paging }, options)),
    get: (profile, options) =>
      repeat(
        api,
        (init) => http.GET('/v1/profiles/{profile}', { ...init, params: { path: { profile } } }),
        options,
      ),
    put: (profile, body, options) => {
      const params = { path: { profile }, header: ifMatch(options) };
      return change(api, (init) => http.PUT('/v1/profiles/{profile}', { ...init, params, body }), options);
    },
    remove: (profile, options) => {
      const params = { path: { profile }, header: ifMatch(options) };
      return untilGone<never>(api, (init) => http.DELETE('/v1/profiles/{profile}', { ...init, params }), {
        ...options,
        goneCode: 'profile_not_found',
      });
    },
  };
}
