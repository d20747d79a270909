import { expectThat } from './broken.ts';
import type { AccountCheck } from './check.ts';
import type { AccountPlace } from './account-place.ts';
import { ROTATION_CRASHES } from './account-subject.ts';

const rotating = ({ rotatesNot }: AccountPlace): string | null => rotatesNot ?? null;
/** How long a rotation runs before it is cut off, where a place says nothing. Milliseconds. */
const CUTS_AFTER_MS = [5];

const ONE_KEY =
  'Make a key, have it kept as pending, try it, have it kept as current, and then delete every other key of a holder. Begin with what is pending, and delete what nobody remembers before another key is made.';

/** What holds of `rotate`: rule 9. */
export const ROTATING: readonly AccountCheck[] = [
  {
    name: 'after a rotation there is one key, which works, and the one before does not',
    rule: 'rotate',
    advice: ONE_KEY,
    leftOut: rotating,
    run: async (subject) => {
      for (const turn of [1, 2]) {
        const before = subject.kept.current;
        await subject.rotate(`job_rotate_${turn}`);
        await subject.expectOneKey(before, `After rotation ${turn},`);
      }
    },
  },
  ...ROTATION_CRASHES.map((crash): AccountCheck => ({
    name: `a rotation that ended ${crash} is finished by the next one`,
    rule: 'rotate',
    advice: ONE_KEY,
    leftOut: rotating,
    run: async (subject) => {
      // The same attempt again, and another one that a person asked for: the key of the job is not the same then.
      for (const again of ['job_rotate', 'job_rotate_again']) {
        const before = subject.kept.current;
        await subject.rotateAndCrash({ key: 'job_rotate', crash });
        await subject.rotate(again);
        await subject.expectOneKey(before, `After a rotation that ended ${crash}, and ${again},`);
      }
    },
  })),
  {
    name: 'a rotation that was cut off anywhere is finished by the next one',
    rule: 'rotate',
    advice: ONE_KEY,
    leftOut: rotating,
    run: async (subject) => {
      for (const cutAfterMs of subject.place.cutsAfterMs ?? CUTS_AFTER_MS) {
        const before = subject.kept.current;
        await subject.rotateAndCrash({ key: 'job_rotate', cutAfterMs });
        await subject.rotate('job_rotate');
        await subject.expectOneKey(
          before,
          `After a rotation that was cut off at ${cutAfterMs} ms and another one,`,
        );
      }
    },
  },
  {
    name: 'a rotation that nobody wants any more stops, and the key in force goes on to work',
    rule: 'rotate',
    advice: 'Wait for what keep answers, pass its error on, and delete nothing before "current" is kept.',
    leftOut: rotating,
    run: async (subject) => {
      const before = subject.kept.current;
      const error = await subject.rotateUnwanted('job_unwanted');
      expectThat(error !== undefined, 'A rotation that was refused its memory says that it is done.');
      const opens = before === null ? true : await subject.place.works?.(before);
      expectThat(opens !== false, 'After a rotation that was refused, the key in force works no more.');
      await subject.rotate('job_rotate');
      await subject.expectOneKey(before, 'After a rotation that was refused and another one,');
    },
  },
];
