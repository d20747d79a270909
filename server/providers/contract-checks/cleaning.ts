import type { Leftover } from '../contract.ts';
import { expectThat } from './broken.ts';
import type { AccountCheck } from './check.ts';
import type { AccountPlace } from './account-place.ts';

const plantable = ({ plant }: AccountPlace): string | null =>
  plant === undefined ? 'it needs somebody who leaves something in the account' : null;

/** What holds of `clean` and `leftovers`: rule 8. */
export const CLEANING: readonly AccountCheck[] = [
  {
    name: 'what a holder left is named',
    rule: 'clean',
    advice: 'Look at everything that a holder can make, every page of it, and answer kind and id of each.',
    leftOut: plantable,
    run: async (subject) => {
      await subject.clean();
      const planted = (await subject.place.plant?.()) ?? [];
      const left = await subject.leftovers();
      const missed = planted.filter((thing) => !left.some((one) => isSame(one, thing)));
      const named = missed.map(({ kind, id }) => `${kind} ${id}`).join(', ');
      expectThat(missed.length === 0, `A holder left ${named}, and leftovers does not name it.`);
    },
  },
  {
    name: 'cleaning takes away what a holder left, and may be done twice',
    rule: 'clean',
    advice:
      'Delete whatever leftovers would name; what is gone already is done. What cannot be deleted is an error that names it.',
    run: async (subject) => {
      await subject.place.plant?.();
      await subject.clean();
      await subject.expectClean('After clean,');
      await subject.clean();
      await subject.expectClean('After a second clean,');
    },
  },
  {
    name: 'an account that was cleaned is still one: its credentials are good',
    rule: 'clean',
    advice: 'Leave what manages the account alone: its own keys, its owner, and what is said to be kept.',
    run: async (subject) => {
      await subject.place.plant?.();
      await subject.clean();
      await subject.expectVerified('After clean,');
      const { current } = subject.kept;
      const opens = current === null ? true : await subject.place.works?.(current);
      expectThat(
        opens !== false,
        'After clean, what its holder is shown does not open the account any more.',
      );
    },
  },
  {
    name: 'a cleaning that was cut off is finished by the next one',
    rule: 'clean',
    advice:
      'A call may end at any line; begin by looking at what is there, not by what an earlier call wrote down.',
    leftOut: plantable,
    run: async (subject) => {
      await subject.place.plant?.();
      const abort = new AbortController();
      const signal = AbortSignal.any([subject.stop, abort.signal]);
      const attempt = subject.accounts.clean(subject.request('job_clean'), signal).catch(() => undefined);
      await subject.pause(subject.place.cutsAfterMs?.[0] ?? 1);
      abort.abort(new Error('the server dies here'));
      await attempt;
      await subject.reopen();
      await subject.clean();
      await subject.expectClean('After a clean that was cut off and another one,');
    },
  },
];

function isSame(one: Leftover, other: Leftover): boolean {
  return one.kind === other.kind && one.id === other.id;
}
