import type { Json } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Duration, Input, OneOf } from '../common.ts';

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const URL_LENGTH_MAX = 4_096;
const HEADERS_MAX = 64;
const HEADER_LENGTH_MAX = 8_192;
const BODY_LENGTH_MAX = 262_144;
const STATUSES_MAX = 32;
const POINTERS_MAX = 32;
const CONTAINS_LENGTH_MAX = 4_096;
const HEADER_NAME_PATTERN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$";
const HEADER_VALUE_PATTERN = '^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$';
const POINTER_PATTERN = '^(/([^~/]|~[01])*)*$';

const Status = Type.Integer({ minimum: 100, maximum: 599 });

/** What an answer has to be: everything that is said. */
const Expectation = Input({
  status: Type.Optional(
    Type.Unsafe<number | readonly number[]>({
      type: ['integer', 'array'],
      minimum: 100,
      maximum: 599,
      minItems: 1,
      maxItems: STATUSES_MAX,
      items: Status,
      description: 'Status, or list of statuses; 200 to 299 where nothing is said.',
    }),
  ),
  contains: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: CONTAINS_LENGTH_MAX,
      description: 'A text that is in the body.',
    }),
  ),
  json: Type.Optional(
    Type.Unsafe<Readonly<Record<string, Json>>>({
      type: 'object',
      maxProperties: POINTERS_MAX,
      propertyNames: { type: 'string', maxLength: 512, pattern: POINTER_PATTERN },
      additionalProperties: {},
      description: 'Values by their place in the body, as RFC 6901 pointers, such as {"/state": "ready"}.',
    }),
  ),
});
export type Expectation = Type.Static<typeof Expectation>;

/** What a step of kind `http` is told: a request, and what its answer has to be. */
export const HttpStepInput = Input(
  {
    url: Type.String({
      minLength: 1,
      maxLength: URL_LENGTH_MAX,
      description: 'Where the request goes, http:// or https://.',
    }),
    method: Type.Optional(OneOf(HTTP_METHODS, 'GET where nothing is said.')),
    headers: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        maxProperties: HEADERS_MAX,
        propertyNames: { type: 'string', pattern: HEADER_NAME_PATTERN },
        additionalProperties: {
          type: 'string',
          maxLength: HEADER_LENGTH_MAX,
          pattern: HEADER_VALUE_PATTERN,
        },
        description: 'Headers by name; the place for a secret.',
      }),
    ),
    body: Type.Optional(
      Type.String({ maxLength: BODY_LENGTH_MAX, description: 'Text to send; not beside `json`.' }),
    ),
    json: Type.Optional(Type.Unsafe<Json>({ description: 'Something to send as JSON; not beside `body`.' })),
    followRedirects: Type.Optional(
      Type.Boolean({
        description:
          'Follow redirections on the same scheme, host and port; else one is an answer like any other.',
      }),
    ),
    expect: Type.Optional(Expectation),
    poll: Type.Optional(
      Input(
        {
          every: Duration('Pause between two requests.'),
          until: Expectation,
          for: Type.Optional(
            Duration('How long at most; up to the time limit of the step where nothing is said.'),
          ),
        },
        { description: 'Repeats the request until its answer is as wished.' },
      ),
    ),
  },
  { description: 'A request over HTTP, and what its answer has to be.' },
);
export type HttpStepInput = Type.Static<typeof HttpStepInput>;
