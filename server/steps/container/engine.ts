import Docker from 'dockerode';
import type { Timers } from '../../timers.ts';
import { ENGINE_PORT } from './engine-address.ts';
import type { EngineAddress } from './engine-address.ts';

const TLS_PORT = 2376;
/** How long an engine may take to answer a question that it can answer at once. Milliseconds. */
const ANSWER_MS_MAX = 30_000;

/** One engine: its address for people, and calls with a bound. */
export class Engine {
  readonly docker: Docker;
  readonly address: string;
  readonly #timers: Timers;

  constructor(address: EngineAddress, timers: Timers) {
    const { socket, host = '', port, ca, cert, key } = address;
    this.#timers = timers;
    if (socket !== undefined) {
      this.docker = new Docker({ socketPath: socket });
      this.address = socket;
      return;
    }
    const isSecure = ca !== undefined && cert !== undefined && key !== undefined;
    const at = { host, port: port ?? (isSecure ? TLS_PORT : ENGINE_PORT) };
    this.docker = new Docker(
      isSecure ? { protocol: 'https', ...at, ca, cert, key } : { protocol: 'http', ...at },
    );
    this.address = `${at.host}:${at.port}`;
  }

  /**
   * Asks the engine something that it answers at once.
   *
   * Errors: what the engine refused, as dockerode has it (`statusCode`); `EngineLost` when it cannot be reached or does not
   * answer; the signal's reason.
   */
  async ask<Answer>(
    signal: AbortSignal,
    question: (abortSignal: AbortSignal) => Promise<Answer>,
    limitMs = ANSWER_MS_MAX,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const late = new AbortController();
    const cancel = this.#timers.set(limitMs, () =>
      late.abort(new Error(`no answer within ${limitMs / 1_000} s`)),
    );
    try {
      return await question(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      signal.throwIfAborted();
      throw statusOf(error) === undefined
        ? new EngineLost(this.address, (late.signal.reason as Error | undefined) ?? (error as Error))
        : error;
    } finally {
      cancel();
    }
  }
}

/** The status of an engine's refusal; undefined where the engine said nothing. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** What an engine refused, in its own words. */
export function wordsOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown } | null; message?: string };
  return typeof json?.message === 'string' ? json.message : (message ?? String(error));
}

/** The engine cannot be reached, or went away. */
export class EngineLost extends Error {
  override readonly name = 'EngineLost';

  constructor(address: string, cause: Error) {
    super(`The container engine at ${address} ${whyLost(cause)}`, { cause });
  }
}

function whyLost(cause: Error): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'is not there: there is no such socket. Start the engine, or correct engine in the step.';
    case 'ECONNREFUSED':
      return 'does not run: nothing listens there. Start it, or correct engine in the step.';
    case 'EACCES':
      return 'may not be used by this server. Give its user the right to the socket.';
    default:
      return `does not answer (${cause.message}). Check that it runs, and the network between.`;
  }
}
