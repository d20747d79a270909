import { CloudPoolError, HttpRefusal } from './errors.ts';
import type { CloudPoolFault } from './errors.ts';

/** Which API is asked: they say the same faults with other statuses and words. */
export type Face = 'singleton' | 'instance' | 'versionOne';

export type ErrorDocument = { readonly message: string; readonly detail: string };
/** `isOurs`: it is a defect of ours, and the log has to say so. */
export type ErrorAnswer = {
  readonly status: number;
  readonly document: ErrorDocument;
  readonly headers: Readonly<Record<string, string>>;
  readonly isOurs: boolean;
};

/** What is asked: for the messages. */
export type Asked = {
  readonly face: Face;
  readonly method: string;
  /** Within its mount and pool, such as `/pool/size`. */
  readonly path: string;
  readonly requestId: string;
};

type Said = { readonly status: number; readonly message: string };
type Words = (cause: string, asked: Asked) => Said;

/** Sentences that operators look for in logs, so they are those of the original. */
const SINGLETON: Record<CloudPoolFault, Words> = {
  invalid: (cause) => ({ status: 400, message: `illegal input: ${cause}` }),
  not_configured: () => ({ status: 400, message: 'cloud pool is not configured' }),
  no_configuration: () => ({ status: 404, message: 'no cloud pool configuration has been set' }),
  not_started: () => ({ status: 500, message: 'attempt to invoke cloudpool before being started' }),
  unknown_machine: (cause) => ({ status: 404, message: `unrecognized machine: ${cause}` }),
  unknown_instance: (cause) => ({ status: 404, message: cause }),
  cloud: (cause, { method, path }) => ({
    status: 502,
    message: `failure to process ${method} ${path}: ${cause}`,
  }),
  internal: (cause, { method, path }) => ({
    status: 500,
    message: `internal error on ${method} ${path}: ${cause}`,
  }),
};

const INSTANCE: Record<CloudPoolFault, Words> = {
  invalid: bare(400),
  not_configured: bare(400),
  no_configuration: bare(404),
  not_started: () => ({ status: 400, message: 'attempt to use cloud pool that is stopped' }),
  unknown_machine: bare(404),
  unknown_instance: bare(404),
  cloud: bare(502),
  internal: bare(500),
};

/** Version 1 knows one status for what is wrong behind it. */
const VERSION_ONE: Record<CloudPoolFault, Words> = {
  invalid: SINGLETON.invalid,
  not_configured: failed,
  no_configuration: SINGLETON.no_configuration,
  not_started: failed,
  unknown_machine: failed,
  unknown_instance: failed,
  cloud: failed,
  internal: failed,
};

const WORDS: Record<Face, Record<CloudPoolFault, Words>> = {
  singleton: SINGLETON,
  instance: INSTANCE,
  versionOne: VERSION_ONE,
};

/** Faults that the API refuses by itself: nothing stands behind them that could be looked up. */
const SELF_MADE: readonly CloudPoolFault[] = [
  'invalid',
  'not_configured',
  'no_configuration',
  'not_started',
  'unknown_instance',
];

/** Answers an error. What is no error of the protocol is a defect of ours, and is told to nobody but the log. */
export function answerError(error: unknown, asked: Asked): ErrorAnswer {
  if (error instanceof HttpRefusal) {
    const { status, message, headers } = error;
    return { status, document: { message, detail: '' }, headers, isOurs: false };
  }
  const known = error instanceof CloudPoolError ? error : undefined;
  const fault = known?.fault ?? 'internal';
  const cause = known?.message ?? 'an error of ours; the log of the server has it';
  const { status, message } = WORDS[asked.face][fault](cause, asked);
  const hasDetail = asked.face !== 'instance' && !SELF_MADE.includes(fault);
  const detail = hasDetail ? `request ${asked.requestId}` : '';
  return { status, document: { message, detail }, headers: {}, isOurs: known === undefined };
}

function bare(status: number): Words {
  return (cause) => ({ status, message: cause });
}

function failed(cause: string, { method, path }: Asked): Said {
  const what =
    path === '/pool' ? `pool ${method === 'POST' ? 'resize' : 'get'} request` : `${method} ${path}`;
  return { status: 500, message: `failure to process ${what}: ${cause}` };
}
