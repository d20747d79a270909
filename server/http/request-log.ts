import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from '../logger.ts';

/** A log line's message, or its fields with the message after them. */
type Line = [fields: unknown, message?: string];

/**
 * The log of one request: every line has the request's id.
 *
 * It is an object of two members made anew for each request, where a child of the real logger would cost more than the
 * whole of routing; it does its work only when something is logged.
 */
class RequestLog {
  readonly #logger: Logger;
  readonly #requestId: string | null;
  level = 'debug';

  constructor(logger: Logger, requestId: string | null) {
    this.#logger = logger;
    this.#requestId = requestId;
  }

  debug(...line: Line): void {
    this.#write('debug', line);
  }

  trace(...line: Line): void {
    this.#write('debug', line);
  }

  info(...line: Line): void {
    this.#write('info', line);
  }

  warn(...line: Line): void {
    this.#write('warn', line);
  }

  error(...line: Line): void {
    this.#write('error', line);
  }

  fatal(...line: Line): void {
    this.#write('error', line);
  }

  silent(): void {}

  child(bindings: { reqId?: string }): RequestLog {
    return new RequestLog(this.#logger, bindings.reqId ?? this.#requestId);
  }

  #write(level: 'debug' | 'info' | 'warn' | 'error', [fields, message]: Line): void {
    const request = this.#requestId === null ? {} : { requestId: this.#requestId };
    if (typeof fields === 'string') this.#logger[level](request, fields);
    else if (fields instanceof Error)
      this.#logger[level]({ ...request, err: fields }, message ?? fields.message);
    else this.#logger[level]({ ...request, ...(fields as object) }, message ?? '');
  }
}

/** The framework's logger, on top of ours. */
export function createRequestLogs(logger: Logger): FastifyBaseLogger {
  return new RequestLog(logger, null) as unknown as FastifyBaseLogger;
}
