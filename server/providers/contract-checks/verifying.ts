import { ProviderExhausted, ProviderGone, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { AccountRequest, OpenCredential } from '../contract.ts';
import { Broken, expectThat } from './broken.ts';
import type { AccountCheck } from './check.ts';

/** A call has to end so soon after its signal aborts. Milliseconds. */
const ABORT_MS_MAX = 5_000;

/** What holds of `verify`: rule 7; and of the end of every call about accounts. */
export const VERIFYING: readonly AccountCheck[] = [
  {
    name: 'a good credential is verified, and what shows it holds no secret',
    rule: 'verify',
    isBasic: true,
    advice: 'Answer which account it is and who asked; nothing of the credential, also no beginning of it.',
    run: async (subject) => {
      await subject.expectVerified('With good credentials');
      const evidence = JSON.stringify(await subject.accounts.verify(subject.request(), subject.stop));
      const shown = secretsOf(subject.kept).filter((secret) => evidence.includes(secret));
      expectThat(shown.length === 0, 'What verify answers holds a value of the credentials.');
    },
  },
  {
    name: 'a credential that is no good is refused',
    rule: 'verify',
    isBasic: true,
    advice:
      'Use what it is managed with to ask for something, and throw ProviderRefused when that is not let in.',
    run: async (subject) => {
      const error = await subject.verify(spoil(subject.kept));
      if (error === undefined) throw new Broken('verify passes with credentials that were made up.');
      const isRefused = error instanceof ProviderRefused;
      expectThat(isRefused, `verify does not refuse what was made up; it fails otherwise: ${String(error)}.`);
    },
  },
  {
    name: 'when nobody can tell, nothing is said about the credential',
    rule: 'verify',
    advice:
      'A refused connection, a 5xx and a time that is over are ProviderTransient: a pool must not lose its accounts because their service is down.',
    leftOut: ({ setAway }) =>
      setAway === undefined ? 'it needs a service that can be made unreachable' : null,
    run: async (subject) => {
      await subject.place.setAway?.(true);
      const error = await subject.verify();
      await subject.place.setAway?.(false);
      const isVerdict = error instanceof ProviderRefused || error instanceof ProviderGone;
      expectThat(!isVerdict, `While its service was away, verify gave a verdict: ${String(error)}.`);
      const isPassing = error instanceof ProviderTransient || error instanceof ProviderExhausted;
      expectThat(
        isPassing,
        `While its service was away, verify answered ${String(error ?? 'that it is good')}.`,
      );
      await subject.expectVerified('After its service is back');
    },
  },
  {
    name: 'every call about an account ends soon when its signal is aborted',
    rule: 'end',
    advice: 'Look at the signal before anything is done, and reject with its reason.',
    run: async (subject) => {
      const reason = new Error('no longer wanted');
      const aborted = AbortSignal.abort(reason);
      const startedAt = subject.clock.now();
      const { accounts } = subject;
      const calls: [string, () => Promise<unknown>][] = [
        ['verify', () => accounts.verify(subject.request(), aborted)],
        ['clean', () => accounts.clean(subject.request(), aborted)],
        ['leftovers', () => accounts.leftovers(subject.request(), aborted)],
      ];
      if (subject.place.rotatesNot === undefined)
        calls.push(['rotate', () => subject.start('job_late', aborted)]);
      for (const [what, call] of calls) {
        const error = await call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expectThat(error === reason, `An aborted ${what} did not reject with the signal’s reason.`);
      }
      const tookMs = subject.clock.now() - startedAt;
      expectThat(tookMs < ABORT_MS_MAX, `Calls ended ${tookMs / 1_000} s after they were aborted.`);
    },
  },
];

/** Texts so short are names and numbers, such as a user's. */
const SECRET_LENGTH_MIN = 12;

function secretsOf({ management, current }: AccountRequest['credentials']): string[] {
  return [management, current]
    .flatMap((credential) => Object.values(credential ?? {}))
    .filter((text) => text.length >= SECRET_LENGTH_MIN);
}

/** The same credentials, each text with its characters turned about: as long, and no good. */
function spoil(credentials: AccountRequest['credentials']): AccountRequest['credentials'] {
  return {
    management: spoilOne(credentials.management),
    current: spoilOne(credentials.current),
    pending: null,
  };
}

function spoilOne(credential: OpenCredential | null): OpenCredential | null {
  if (credential === null) return null;
  return Object.fromEntries(Object.entries(credential).map(([name, text]) => [name, spoilText(text)]));
}

function spoilText(text: string): string {
  return text.replaceAll(/[a-z0-9]/gi, (character) => {
    if (/\d/.test(character)) return String((Number(character) + 1) % 10);
    return character === 'x' ? 'y' : 'x';
  });
}
