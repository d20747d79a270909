import { maskValues } from '@poolkeeper/core';
import type { Json, JsonObject, Observation } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import type { Timers } from '../../timers.ts';
import { ProviderExhausted, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { ActRequest, CreateRequest, DestroyRequest, Provider } from '../contract.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { ProgramEnd } from '../../programs/run-program.ts';
import { AnswerBytes, OUTPUT_BYTES_MAX } from './answer-bytes.ts';
import { WrongAnswer, readAnswer } from './answer.ts';
import { callEnvironment } from './environment.ts';
import { errorOfExit, meaningOf } from './exit-code.ts';
import { LogLines } from './log-lines.ts';
import { PROTOCOL } from './protocol.ts';
import type { AnswerTo, CreateAnswer, InputOf, Operation, Told } from './protocol.ts';

export type ExecContext = {
  readonly name: string;
  /** The program, absolute or to be found in `PATH`, and its arguments. */
  readonly command: readonly string[];
  readonly limitsMs: Readonly<Record<Operation, number>>;
  /** What its operation `act` can be asked for. */
  readonly actions: readonly string[];
  readonly instance: string;
  readonly stateDirectory: string;
  readonly configDirectory: string;
  /** The server's environment, of which little is inherited, and what is passed on by name. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly passed: Readonly<Record<string, string>>;
  readonly timers: Timers;
  readonly logger: Logger;
};

/** What a call says beside what every call says. */
type Asked<O extends Operation> = Omit<InputOf<O>, keyof InputOf<'observe'>>;

/** See `exec-driver.ts`. Calls are not put in turns: the jobs see to that, and a program has to stand a crash of ours anyway. */
export class ExecProvider implements Provider {
  readonly driver = 'exec';
  readonly makes = true;
  readonly #context: ExecContext;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(context: ExecContext) {
    this.#context = context;
  }

  get name(): string {
    return this.#context.name;
  }

  /** The program alone knows what it can make something from; it refuses a template when it is asked to. */
  checkTemplate(): readonly { pointer: string; message: string }[] {
    return [];
  }

  async create(request: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { resource, template, idempotencyKey } = request;
    const { id, name, pool, kind } = resource;
    const asked = { resource: { id, name, pool, kind }, template, idempotencyKey };
    return toObservation(id, await this.#call('create', asked, signal));
  }

  async destroy(request: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { resource, externalId, idempotencyKey } = request;
    const { id, name, pool } = resource;
    const asked = { resource: { id, name, pool }, externalId, idempotencyKey };
    return (await this.#call('destroy', asked, signal)).state;
  }

  get actions(): readonly string[] {
    return this.#context.actions;
  }

  /** What the program writes to standard error is what it has to say on the way. */
  async act(
    request: ActRequest,
    signal: AbortSignal,
    output?: (chunk: Uint8Array) => void,
  ): Promise<JsonObject | null> {
    const { resource, externalId, action, input, idempotencyKey } = request;
    if (!this.actions.includes(action)) {
      const offered = this.actions.length === 0 ? 'none' : this.actions.join(', ');
      throw new ProviderRefused(
        `Provider ${this.name} does not offer ${action}: its "actions" name ${offered}. Name it there if the program knows it.`,
      );
    }
    const { id, name, pool } = resource;
    const asked = { resource: { id, name, pool }, externalId, action, input, idempotencyKey };
    const answer = await this.#call('act', asked, signal, output);
    return answer.evidence ?? null;
  }

  /** A program that lists a resource twice made a second thing; the world knows the first, and the log says so. */
  async observe(signal: AbortSignal): Promise<readonly Observation[]> {
    const first = new Map<string, Observation>();
    for (const observation of await this.list(signal)) {
      const { resource, externalId } = observation;
      const known = first.get(resource);
      if (known === undefined) first.set(resource, observation);
      else {
        const things = [known.externalId, externalId];
        this.#context.logger.warn(
          { provider: this.name, resource, things },
          'the program lists a resource twice; destroy one of the two things by hand',
        );
      }
    }
    return [...first.values()];
  }

  /** Everything that the program lists, a resource as often as it is listed. */
  async list(signal: AbortSignal): Promise<readonly Observation[]> {
    const { resources } = await this.#call('observe', {}, signal);
    return resources.map(({ resource, pool, ...traits }) => ({
      ...toObservation(resource, traits),
      ...(pool === undefined ? {} : { pool }),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ProviderTransient(`Provider ${this.name} is closed.`));
    await Promise.allSettled(this.#underWay);
  }

  async #call<O extends Operation>(
    operation: O,
    asked: Asked<O>,
    signal: AbortSignal,
    output: (chunk: Uint8Array) => void = () => {},
  ): Promise<AnswerTo<O>> {
    const until = AbortSignal.any([signal, this.#closing.signal]);
    const call = this.#run(operation, asked, { signal: until, output });
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }

  async #run<O extends Operation>(
    operation: O,
    asked: Asked<O>,
    { signal, output }: { signal: AbortSignal; output: (chunk: Uint8Array) => void },
  ): Promise<AnswerTo<O>> {
    const { name, instance, stateDirectory, command, configDirectory, limitsMs, timers } = this.#context;
    const told: Told = { protocol: PROTOCOL, provider: name, instance, stateDirectory, ...asked };
    const mask = this.#maskFor(told);
    const log = new LogLines((line) => this.#log(operation, told, line), mask);
    const { inherited, passed } = this.#context;
    const answer = new AnswerBytes();
    const end = await runProgram({
      command: [...command, operation],
      directory: configDirectory,
      environment: callEnvironment({ inherited, passed, configDirectory, operation, told }),
      input: `${JSON.stringify(told)}\n`,
      limitMs: limitsMs[operation],
      timers,
      signal,
      onOutput: (chunk) => answer.add(chunk),
      onLog: (chunk) => {
        log.take(chunk);
        output(chunk);
      },
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw notStarted(command[0] ?? '', error);
    });
    log.end();
    if (end.isOutputHeld) {
      this.#log(operation, told, 'something that it started still holds its output; redirect that elsewhere');
    }
    return this.#judge(operation, end, { mask, last: log.last(), answer: answer.text() });
  }

  #judge<O extends Operation>(
    operation: O,
    end: ProgramEnd,
    { mask, last, answer }: { mask: (text: string) => string; last: string; answer: string },
  ): AnswerTo<O> {
    const words = last === '' ? 'It wrote nothing to standard error.' : `It wrote last: ${last}`;
    const stubborn = end.wasKilled ? ' and did not heed SIGTERM, so it was killed' : ' and was ended';
    if (end.cut === 'time') {
      const limit = `${this.#context.limitsMs[operation] / 1_000} s`;
      throw new ProviderTransient(
        `The program did not end within ${limit} when asked to ${operation}${stubborn}. ${words}`,
      );
    }
    if (end.cut === 'output') {
      const most = `${OUTPUT_BYTES_MAX / 1_024 / 1_024} MiB`;
      throw new ProviderTransient(
        `The program's answer to ${operation} is larger than ${most}${stubborn}. ${words}`,
      );
    }
    if (end.code !== 0) {
      throw errorOfExit(end.code, `The program ${howItEnded(end)} when asked to ${operation}. ${words}`);
    }
    try {
      return readAnswer(operation, answer);
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error;
      throw new ProviderTransient(`${mask(error.message)}${last === '' ? '' : ` ${words}`}`, {
        cause: error,
      });
    }
  }

  /** Hides what was passed on by name, and the `env` of a template. */
  #maskFor(told: Told): (text: string) => string {
    const env: Json = told.template?.['env'] ?? {};
    const texts = Object.entries(env ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const secrets = { ...Object.fromEntries(texts), ...this.#context.passed };
    return (text) => maskValues(text, secrets);
  }

  #log(operation: Operation, told: Told, line: string): void {
    const resource = told.resource === undefined ? {} : { resource: told.resource.id };
    this.#context.logger.info({ provider: this.name, operation, ...resource, line }, 'a program says');
  }
}

function toObservation(resource: string, answer: CreateAnswer): Observation {
  const { externalId, machine = 'RUNNING', liveness = 'UNKNOWN', addresses = [], endpoints = {} } = answer;
  return { resource, externalId, machine, liveness, addresses, endpoints };
}

function howItEnded({ code, signal }: ProgramEnd): string {
  if (code === null) return `was ended by ${signal}`;
  const meaning = meaningOf(code);
  return `ended with exit code ${code}${meaning === undefined ? '' : ` (${meaning})`}`;
}

/** Why a program could not be started. What the machine lacks for a moment is told from what a person has to mend. */
function notStarted(program: string, cause: unknown): Error {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return new ProviderRefused(
        `There is no program ${program}, or no interpreter that its first line names. Correct "command" of the provider, or install it.`,
        { cause },
      );
    case 'EACCES':
      return new ProviderRefused(`The program ${program} may not be run. Make it executable: chmod +x.`, {
        cause,
      });
    case 'E2BIG':
      return new ProviderRefused(
        `The program ${program} cannot be started: template and variables are too large for an environment.`,
        { cause },
      );
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return new ProviderExhausted(`The program ${program} could not be started (${code}).`, { cause });
    default:
      return new ProviderTransient(`The program ${program} could not be started (${code}).`, { cause });
  }
}
