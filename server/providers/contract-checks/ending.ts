import { expectThat } from './broken.ts';
import type { ContractCheck } from './check.ts';
import type { Subject } from './subject.ts';

/** A call has to end so soon after its signal aborts. Milliseconds. */
const ABORT_MS_MAX = 5_000;
/** How long a creation that takes long is let run before it is aborted. Milliseconds. */
const SLOW_RUNS_MS = 200;

/** What holds of the end of calls. */
export const ENDING: readonly ContractCheck[] = [
  {
    name: 'every call ends soon when its signal is aborted',
    rule: 'end',
    advice: 'Look at the signal before anything is done, and reject with its reason.',
    run: async (subject) => {
      const [id] = subject.ids;
      const reason = new Error('no longer wanted');
      const aborted = AbortSignal.abort(reason);
      const startedAt = subject.clock.now();
      await expectReason('create', subject.start(id, aborted), reason);
      await expectReason('observe', subject.provider.observe(aborted), reason);
      await subject.destroy(id, null, aborted).catch(() => undefined);
      expectSoon(subject, startedAt);
    },
  },
  {
    name: 'a creation that takes long ends soon after its signal aborts, and can be destroyed',
    rule: 'end',
    advice: 'Pass the signal on to everything that is waited for.',
    leftOut: ({ slow }) => (slow === undefined ? 'it needs a template whose creation takes long' : null),
    run: async (subject) => {
      const [id] = subject.ids;
      const reason = new Error('no longer wanted');
      const abort = new AbortController();
      const creation = subject.start(id, abort.signal, subject.place.slow).catch((error: unknown) => error);
      await subject.pause(SLOW_RUNS_MS);
      const abortedAt = subject.clock.now();
      abort.abort(reason);
      expectThat((await creation) === reason, 'An aborted create did not reject with the signal’s reason.');
      expectSoon(subject, abortedAt);
      await subject.destroyUntilGone(id);
      await subject.expectCount(id, 0, 'After an aborted create was destroyed');
    },
  },
];

async function expectReason(what: string, call: Promise<unknown>, reason: Error): Promise<void> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expectThat(error === reason, `An aborted ${what} did not reject with the signal’s reason.`);
}

function expectSoon({ clock }: Subject, since: number): void {
  const tookMs = clock.now() - since;
  expectThat(
    tookMs < ABORT_MS_MAX,
    `A call ended ${tookMs / 1_000} s after it was aborted; ${ABORT_MS_MAX / 1_000} s are allowed.`,
  );
}
