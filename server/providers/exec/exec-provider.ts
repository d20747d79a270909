import { maskValues } from '@poolkeeper/core';
import type { Json, JsonObject, Observation } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import type { Timers } from '../../timers.ts';
import { ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Accounts, ActRequest, CreateRequest, DestroyRequest, Provider } from '../contract.ts';
import { runProgram } from '../../programs/run-program.ts';
import type { ProgramEnd } from '../../programs/run-program.ts';
import { AnswerBytes, OUTPUT_BYTES_MAX } from './answer-bytes.ts';
import { WrongAnswer, readAnswer } from './answer.ts';
import { callEnvironment } from './environment.ts';
import { createExecAccounts } from './exec-accounts.ts';
import { errorOfExit } from './exit-code.ts';
import { HeldOutput, secretsIn } from './fresh-secrets.ts';
import { LogLines } from './log-lines.ts';
import { howItEnded, notStarted } from './program-failure.ts';
import { PROTOCOL } from './protocol.ts';
import type { AnswerTo, CreateAnswer, InputOf, Operation, Told } from './protocol.ts';

export type ExecContext = {
  readonly name: string;
  /** The program, absolute or to be found in `PATH`, and its arguments. */
  readonly command: readonly string[];
  readonly limitsMs: Readonly<Record<Operation, number>>;
  /** What its operation `act` can be asked for. */
  readonly actions: readonly string[];
  /** Does it create and destroy? Else its resources are registered by hand. */
  readonly makes: boolean;
  /** Does it look after accounts? */
  readonly accounts: boolean;
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
  readonly accounts?: Accounts;
  readonly #context: ExecContext;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(context: ExecContext) {
    this.#context = context;
    if (context.accounts) {
      this.accounts = createExecAccounts((operation, asked, { signal, output }) =>
        this.#call(operation, asked, signal, output),
      );
    }
  }

  get name(): string {
    return this.#context.name;
  }

  get makes(): boolean {
    return this.#context.makes;
  }

  /** The program alone knows what it can make something from; it refuses a template when it is asked to. */
  checkTemplate(template: JsonObject | null = null): readonly { pointer: string; message: string }[] {
    if (this.makes || template === null) return [];
    const message =
      'This provider makes nothing ("makes: false"): its resources are registered by hand. Leave the template out.';
    return [{ pointer: '', message }];
  }

  async create(request: CreateRequest, signal: AbortSignal): Promise<Observation> {
    const { resource, template, idempotencyKey } = request;
    const { id, name, pool, kind } = resource;
    if (!this.makes) {
      throw new ProviderRefused(
        `Provider ${this.name} makes nothing ("makes: false"), so it cannot create ${name}. Register the resource by hand.`,
      );
    }
    const asked = { resource: { id, name, pool, kind }, template, idempotencyKey };
    return toObservation(id, await this.#call('create', asked, signal));
  }

  /** What was registered and not made is forgotten, and goes on to exist. */
  async destroy(request: DestroyRequest, signal: AbortSignal): Promise<'gone' | 'going'> {
    if (!this.makes) return 'gone';
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
    if (!this.makes) return [];
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
    // Once it is known, what is made in the call is hidden too.
    let fresh: Record<string, string> = {};
    const maskKnown = this.#maskFor(told);
    const mask = (text: string): string => maskValues(maskKnown(text), fresh);
    const log = new LogLines((line) => this.#log(operation, told, line), mask);
    const held = told.phase === 'create' ? new HeldOutput() : null;
    const say = (chunk: Buffer): void => {
      log.take(chunk);
      output(chunk);
    };
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
      onLog: (chunk) => (held === null ? say(chunk) : held.take(chunk)),
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw notStarted(command[0] ?? '', error);
    });
    if (held !== null) {
      fresh = secretsIn(answer.text());
      say(Buffer.from(mask(held.text())));
    }
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

  /** Hides what was passed on by name, the `env` of a template, and credentials. */
  #maskFor(told: Told): (text: string) => string {
    const env: Json = told.template?.['env'] ?? {};
    const texts = Object.entries(env ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const credentials = Object.entries(told.credentials ?? {}).flatMap(([part, credential]) =>
      Object.entries(credential ?? {}).map(([name, text]) => [`${part}.${name}`, text]),
    );
    const secrets = {
      ...Object.fromEntries(texts),
      ...this.#context.passed,
      ...Object.fromEntries(credentials),
    };
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
