import { StoreFailure } from '../store/contract.ts';
import type { SharedStore } from '../store/shared-contract.ts';
import { sleep } from '../timers.ts';
import type { Timers } from '../timers.ts';

/** The way between a replica and its database, as a test has it be. Questions that are named alone fare so, or else all. */
export type StoreLink = {
  /** Nothing gets through: questions are not heard, and what they ask for does not happen. */
  cut(...questions: (keyof SharedStore)[]): void;
  /** Questions are heard, and their answers never come. */
  loseAnswers(...questions: (keyof SharedStore)[]): void;
  /** Questions fail at once. */
  fail(...questions: (keyof SharedStore)[]): void;
  /** Questions take so long to get there, and answers as long to get back. */
  delay(ms: number): void;
  mend(): void;
};

type Mood = { readonly kind: 'cut' | 'lost' | 'failing'; readonly questions: readonly (keyof SharedStore)[] };

/** A store behind such a way. */
export function linkedStore(
  store: SharedStore,
  timers: Timers,
): { readonly store: SharedStore; readonly link: StoreLink } {
  let mood: Mood | undefined;
  let delayMs = 0;
  const moodOf = (question: string): Mood['kind'] | undefined => {
    if (mood === undefined) return undefined;
    const isMeant = mood.questions.length === 0 || (mood.questions as readonly string[]).includes(question);
    return isMeant ? mood.kind : undefined;
  };
  async function ask(question: string, call: () => Promise<unknown>): Promise<unknown> {
    if (moodOf(question) === 'failing') throw new StoreFailure('The database is not there.');
    if (delayMs > 0) await sleep(timers, delayMs);
    if (moodOf(question) === 'cut') return new Promise(() => {});
    const answer = await call();
    if (moodOf(question) === 'lost') return new Promise(() => {});
    if (delayMs > 0) await sleep(timers, delayMs);
    return answer;
  }
  const linked = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      // Whoever watches hears no news while there is no way.
      if (name === 'watch') {
        return (onNews: () => void) =>
          target.watch(() => (moodOf('watch') === undefined ? onNews() : undefined));
      }
      if (typeof name === 'symbol') return call;
      return (...args: unknown[]) => ask(name, () => call(...args) as Promise<unknown>);
    },
  });
  const link: StoreLink = {
    cut: (...questions) => void (mood = { kind: 'cut', questions }),
    loseAnswers: (...questions) => void (mood = { kind: 'lost', questions }),
    fail: (...questions) => void (mood = { kind: 'failing', questions }),
    delay: (ms) => void (delayMs = ms),
    mend: () => {
      mood = undefined;
      delayMs = 0;
    },
  };
  return { store: linked, link };
}
