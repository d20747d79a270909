import { parseDuration } from '@poolkeeper/core';
import type { JsonObject } from '@poolkeeper/core';
import { createInputCheck } from '../../schemas/steps/check-input.ts';
import { HttpStepInput } from '../../schemas/steps/http.ts';
import { sleep } from '../../timers.ts';
import type { Clock, Timers } from '../../timers.ts';
import { StepRefused } from '../contract.ts';
import type { StepCall, StepExecutor, StepResult, StepTools } from '../contract.ts';
import { checkAnswer } from './answer-check.ts';
import { RedirectedElsewhere, sendRequest } from './send-request.ts';
import type { Answer } from './send-request.ts';

/** Between two requests of a poll at least, in milliseconds, and requests of one poll. */
const POLL_MS_MIN = 100;
const TRIES_MAX = 10_000;

export type HttpStepParts = {
  readonly timers: Timers;
  /** Counts the time of a poll. */
  readonly clock: Pick<Clock, 'now'>;
};

/** What one request came to: an answer, or why there was none. */
type Try = { readonly answer: Answer | null; readonly lost: string | null };

/**
 * Steps that are requests over HTTP: passed when the answer is as it has to be. With a poll the request is repeated until
 * it is; each carries the same `Idempotency-Key`.
 *
 * The body of the last answer is the output; the evidence is its status and the values that were looked at.
 */
export function createHttpStep(parts: HttpStepParts): StepExecutor {
  const checkShape = createInputCheck(HttpStepInput);
  const check = (input: JsonObject): string | null =>
    checkShape(input) ?? checkMeaning(input as JsonObject & HttpStepInput);
  return { check, run: (step, tools) => runStep(parts, step, tools) };
}

function checkMeaning(input: HttpStepInput): string | null {
  const url = URL.parse(input.url);
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  ) {
    return 'with/url: a URL that begins with http:// or https:// is needed, without a user and password in it; those go into a header';
  }
  const { method = 'GET', body, json } = input;
  if (body !== undefined && json !== undefined) return 'with/json: either body or json, not both';
  if ((body !== undefined || json !== undefined) && ['GET', 'HEAD'].includes(method)) {
    return `with/method: a ${method} request has no body; say POST, PUT, PATCH or DELETE`;
  }
  return null;
}

async function runStep(parts: HttpStepParts, step: StepCall, tools: StepTools): Promise<StepResult> {
  const input = step.input as JsonObject & HttpStepInput;
  const { poll } = input;
  const say = (text: string): void => tools.output('stderr', Buffer.from(`${text}\n`));
  const startedAt = parts.clock.now();
  const limitMs = poll?.for === undefined ? Infinity : (parseDuration(poll.for) ?? Infinity);
  const pauseMs = Math.max(POLL_MS_MIN, parseDuration(poll?.every ?? '') ?? 0);
  for (let tries = 1; ; tries += 1) {
    const { answer, lost } = await tryOnce(input, step.idempotencyKey, tools.signal);
    say(`${input.method ?? 'GET'} ${input.url}: ${answer === null ? lost : `status ${answer.status}`}`);
    const result = judge(input, answer, { lost, tries });
    const isOver = tries >= TRIES_MAX || parts.clock.now() - startedAt + pauseMs > limitMs;
    if (poll === undefined || result.isPassed || result.isFinal || isOver) {
      if (answer !== null) tools.output('stdout', answer.body);
      const { isFinal: _isFinal, ...outcome } = result;
      if (poll === undefined || result.isPassed || result.isFinal) return outcome;
      return { ...outcome, error: `It did not come about in ${tries} tries. ${outcome.error ?? ''}` };
    }
    await sleep(parts.timers, pauseMs, tools.signal);
  }
}

async function tryOnce(input: HttpStepInput, idempotencyKey: string, signal: AbortSignal): Promise<Try> {
  try {
    return { answer: await sendRequest(input, idempotencyKey, signal), lost: null };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RedirectedElsewhere) throw new StepRefused(error.message, { cause: error });
    return { answer: null, lost: `no answer came: ${reasonOf(error)}` };
  }
}

/** `isFinal`: of the poll, which ends then; another attempt may come to something else. */
type Judged = Omit<StepResult, 'isFinal'> & { readonly isFinal: boolean };

/** With a poll, `expect` is what no answer may be otherwise, and `until` what is waited for. */
function judge(
  { expect, poll }: HttpStepInput,
  answer: Answer | null,
  { lost, tries }: { lost: string | null; tries: number },
): Judged {
  if (answer === null) {
    return {
      isPassed: false,
      isFinal: false,
      exitCode: null,
      evidence: { tries },
      error: `${sentence(lost ?? '')}.`,
    };
  }
  const expected = poll === undefined || expect !== undefined ? checkAnswer(answer, expect ?? {}) : null;
  const awaited = poll === undefined ? null : checkAnswer(answer, poll.until);
  const fault = expected?.fault ?? awaited?.fault ?? null;
  const evidence = { tries, ...expected?.seen, ...awaited?.seen };
  return {
    isPassed: fault === null,
    isFinal: typeof expected?.fault === 'string',
    exitCode: null,
    evidence,
    error: fault === null ? null : `${sentence(fault)}.`,
  };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Node's `fetch` says "fetch failed"; why stands in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const inner = cause instanceof Error ? cause : undefined;
  const code = (inner as NodeJS.ErrnoException | undefined)?.code;
  const words = inner?.message === undefined || inner.message === '' ? message : inner.message;
  return code === undefined || words.includes(code) ? words : `${words} (${code})`;
}
