import type { Sent } from './answer.ts';
import type { paths } from './api.gen.ts';

/**
 * `openapi-fetch` over our API, in types of our own: its own leave unknown members through, and make of a read-only list
 * something that is none.
 */
export type Http = {
  GET: HttpMethod<'get'>;
  PUT: HttpMethod<'put'>;
  POST: HttpMethod<'post'>;
  PATCH: HttpMethod<'patch'>;
  DELETE: HttpMethod<'delete'>;
};

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

type HttpMethod<M extends Method> = <Path extends PathWith<M>>(
  path: Path,
  init: Init<Operation<Path, M>>,
) => Promise<Sent<Body<Operation<Path, M>>>>;

type PathWith<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends { readonly [Name in M]: object } ? Path : never;
}[keyof paths];

type Operation<Path extends keyof paths, M extends Method> = paths[Path] extends {
  readonly [Name in M]: infer O;
}
  ? O
  : never;

/** What is sent: the parameters and the body that the operation has, and how its answer is read. */
type Init<O> = {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  readonly parseAs?: 'json' | 'text' | 'stream';
} & Parameters<O> &
  RequestBody<O>;

type Parameters<O> = O extends { readonly parameters: infer P }
  ? object extends P
    ? { readonly params?: P }
    : { readonly params: P }
  : unknown;

type JsonBody<B> = { readonly content: { readonly 'application/json': B } };

type RequestBody<O> = O extends { readonly requestBody: JsonBody<infer B> }
  ? { readonly body: B }
  : O extends { readonly requestBody?: JsonBody<infer B> }
    ? unknown extends B
      ? unknown
      : { readonly body?: B }
    : unknown;

/** What a good answer holds; nothing is undefined. */
type Body<O> = O extends { readonly responses: infer R }
  ? {
      [Status in keyof R & (200 | 201 | 202 | 204)]: R[Status] extends {
        content: { readonly 'application/json': infer B };
      }
        ? B
        : undefined;
    }[keyof R & (200 | 201 | 202 | 204)]
  : never;
