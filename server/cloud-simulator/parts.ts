import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timers } from '../timers.ts';
import type { Cloud } from './cloud.ts';

/** An application whose handlers have the types of their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export type AppParts = {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Calls of the API since the start, by route. */
  readonly calls: Map<string, number>;
  /** Aborts when the application closes: nobody waits for a late answer then. */
  readonly closing: AbortSignal;
};
