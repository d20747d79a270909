import { formatDuration, parseDuration } from '../duration.ts';
import { Refusal } from '../errors.ts';
import type { InputFault } from '../errors.ts';
import { compileFilter } from '../filter/filter.ts';
import type { Json } from '../json.ts';
import { FAILURE_ACTIONS, STEP_KINDS } from '../model/workflow.ts';
import type { Step, StepKind } from '../model/workflow.ts';
import { referencesOf } from './interpolate.ts';

/** Steps of one workflow. */
export const STEPS_MAX = 50;
export const STEP_RETRIES_MAX = 20;
/** How long one attempt at a step may take, in milliseconds. */
export const STEP_TIMEOUT_MS_MIN = 1_000;
export const STEP_TIMEOUT_MS_MAX = 24 * 3_600_000;
/** How long a pause between two attempts may be, in milliseconds. */
const STEP_PAUSE_MS_MIN = 100;
const STEP_PAUSE_MS_MAX = 24 * 3_600_000;
/** Characters of what a person is asked to approve. */
export const APPROVAL_MESSAGE_LENGTH_MAX = 500;
const STEP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** What a step is where nothing else is said. */
const STEP_DEFAULTS: Omit<Step, 'name' | 'uses'> = {
  with: {},
  timeoutMs: 10 * 60_000,
  retries: 0,
  if: null,
  onFailure: 'hold',
  runsOn: {},
};

/** What a step of a kind is where nothing else is said. A person who is asked gets a day to answer. */
export function stepDefaults(uses: StepKind): Omit<Step, 'name' | 'uses'> {
  return uses === 'approval' ? { ...STEP_DEFAULTS, timeoutMs: STEP_TIMEOUT_MS_MAX } : STEP_DEFAULTS;
}

/** Everything that is wrong with the steps of a workflow, each with its pointer (`/steps/2/timeout`). */
export function workflowFaults(steps: readonly Step[]): InputFault[] {
  if (steps.length === 0 || steps.length > STEPS_MAX) {
    const message = `a workflow has 1 to ${STEPS_MAX} steps; this one has ${steps.length}`;
    return [{ pointer: '/steps', message }];
  }
  const known = new Set<string>();
  return steps.flatMap((step, index) => {
    const at = `/steps/${index}`;
    const isRepeated = known.has(step.name);
    known.add(step.name);
    const repeated = `there is a step "${step.name}" already; choose another name`;
    return [...(isRepeated ? [{ pointer: `${at}/name`, message: repeated }] : []), ...stepFaults(step, at)];
  });
}

function stepFaults(step: Step, at: string): InputFault[] {
  const { name, uses, timeoutMs, retries, onFailure } = step;
  const faults: InputFault[] = [];
  const add = (member: string, message: string): void =>
    void faults.push({ pointer: `${at}/${member}`, message });
  if (!STEP_NAME.test(name)) {
    add(
      'name',
      'a step has a name of 1 to 63 letters, digits, dots, dashes or underscores that begins with a letter or digit',
    );
  }
  if (!STEP_KINDS.includes(uses)) add('uses', `uses is one of ${STEP_KINDS.join(', ')}`);
  if (timeoutMs < STEP_TIMEOUT_MS_MIN || timeoutMs > STEP_TIMEOUT_MS_MAX) {
    const bounds = `${formatDuration(STEP_TIMEOUT_MS_MIN)} to ${formatDuration(STEP_TIMEOUT_MS_MAX)}`;
    add('timeout', `the timeout of a step is from ${bounds}`);
  }
  if (!Number.isInteger(retries) || retries < 0 || retries > STEP_RETRIES_MAX)
    add('retries', `retries is a whole number from 0 to ${STEP_RETRIES_MAX}`);
  if (!FAILURE_ACTIONS.includes(onFailure))
    add('onFailure', `onFailure is one of ${FAILURE_ACTIONS.join(', ')}`);
  return [
    ...faults,
    ...pauseFaults(step, at),
    ...conditionFaults(step, at),
    ...referenceFaults(step, at),
    ...ownFaults(step, at),
  ];
}

/** What is tried once needs no pauses: whoever says some means more attempts. */
function pauseFaults({ pausesMs, retries, onFailure, uses }: Step, at: string): InputFault[] {
  if (pausesMs === undefined) return [];
  const pointer = `${at}/pauses`;
  if (uses === 'wait' || uses === 'approval')
    return [{ pointer, message: `a step of kind ${uses} is not tried again; leave pauses out` }];
  if (pausesMs.length === 0 || pausesMs.length > STEP_RETRIES_MAX)
    return [{ pointer, message: `pauses has 1 to ${STEP_RETRIES_MAX} entries, or is left out` }];
  if (retries === 0 && onFailure !== 'retry') {
    const message = `pauses is for further attempts, and there are none: say retries, such as ${pausesMs.length}, or onFailure: retry`;
    return [{ pointer, message }];
  }
  const bounds = `${formatDuration(STEP_PAUSE_MS_MIN)} to ${formatDuration(STEP_PAUSE_MS_MAX)}`;
  return pausesMs.flatMap((pauseMs, index) =>
    Number.isInteger(pauseMs) && pauseMs >= STEP_PAUSE_MS_MIN && pauseMs <= STEP_PAUSE_MS_MAX
      ? []
      : [{ pointer: `${pointer}/${index}`, message: `a pause between two attempts is from ${bounds}` }],
  );
}

function conditionFaults(step: Step, at: string): InputFault[] {
  if (step.if === null) return [];
  try {
    compileFilter(step.if, `${at}/if`);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [...error.faults];
  }
}

/** How references are written; whether there is such a parameter is known when a run starts. */
function referenceFaults({ with: input }: Step, at: string): InputFault[] {
  return referencesOf(input).faults.map(({ pointer, message }) => ({
    pointer: `${at}/with${pointer}`,
    message,
  }));
}

/** Of the kinds that the keeper does itself; what the others need is for those to say who do them. */
function ownFaults({ uses, with: input, runsOn }: Step, at: string): InputFault[] {
  if (uses !== 'wait' && uses !== 'approval') return [];
  const fault = uses === 'wait' ? waitFault(input['for']) : approvalFault(input['message']);
  const member = uses === 'wait' ? 'for' : 'message';
  const misplaced = `no runner does a step of kind ${uses}; leave runsOn out`;
  return [
    ...(fault === null ? [] : [{ pointer: `${at}/with/${member}`, message: fault }]),
    ...(Object.keys(runsOn).length === 0 ? [] : [{ pointer: `${at}/runsOn`, message: misplaced }]),
  ];
}

/** What is wrong with the time of a wait; null where nothing is, or where a reference says it. */
export function waitFault(time: Json | undefined): string | null {
  const bounds = `a duration from 1ms to ${formatDuration(STEP_TIMEOUT_MS_MAX)}, such as 30s`;
  if (typeof time !== 'string') return `a wait says how long: for has to be ${bounds}`;
  if (referencesOf(time).references.length > 0) return null;
  const waitMs = parseDuration(time);
  const isFine = waitMs !== undefined && waitMs > 0 && waitMs <= STEP_TIMEOUT_MS_MAX;
  return isFine ? null : `for has to be ${bounds}`;
}

function approvalFault(message: Json | undefined): string | null {
  const isFine = typeof message === 'string' && message.trim() !== '';
  if (!isFine) return 'an approval says what is asked of a person: message has to be text';
  if (message.length <= APPROVAL_MESSAGE_LENGTH_MAX) return null;
  return `message may have ${APPROVAL_MESSAGE_LENGTH_MAX} characters`;
}
