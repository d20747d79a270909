import type { Observation } from '@poolkeeper/core';
import { expectSame, expectThat } from './broken.ts';
import type { ContractCheck } from './check.ts';
import type { Subject } from './subject.ts';

const LOOK_UP_FIRST =
  'Look for what bears the resource’s id before anything is made, and answer what is there; make it under a name or tag that comes from the id.';

/** How long a creation runs before it is cut off, where a place says nothing. Milliseconds. */
const CUTS_AFTER_MS = [5];

/** What holds of `create`: rule 1. */
export const CREATING: readonly ContractCheck[] = [
  {
    name: 'creating twice makes one thing',
    rule: 'create',
    advice: LOOK_UP_FIRST,
    run: async (subject) => {
      const [id] = subject.ids;
      const first = await subject.createRunning(id);
      expectAnswer(first, await subject.create(id), 'A second create');
      await subject.expectCount(id, 1, 'After a second create');
    },
  },
  {
    name: 'creating twice at once makes one thing',
    rule: 'create',
    advice:
      'A call may still run when the server was killed and asks again. Make the thing in one step that fails or does nothing when it is there already: mkdir, a lock, a conditional create, a client token.',
    run: async (subject) => {
      const [id] = subject.ids;
      const [first, second] = await Promise.all([subject.create(id), subject.create(id)]);
      expectSame(second.externalId, first.externalId, 'Two calls of create at once answer two externalIds');
      await subject.expectCount(id, 1, 'After two calls of create at once');
    },
  },
  {
    name: 'a provider that is opened again adopts what the last one made',
    rule: 'create',
    advice:
      'Keep what has to be known of a thing with the thing, or in a file; nothing in memory outlives a call.',
    run: async (subject) => {
      const [id] = subject.ids;
      const first = await subject.createRunning(id);
      await subject.reopen();
      const seen = await subject.requireObserved(id);
      expectSame(seen.externalId, first.externalId, 'After a new start, observe lists another externalId');
      expectSame(seen.machine, 'RUNNING', 'After a new start, observe says of the machine');
      expectAnswer(first, await subject.create(id), 'After a new start, create');
      await subject.expectCount(id, 1, 'After a new start and another create');
    },
  },
  {
    name: 'a creation that was cut off is finished by the next attempt, with one thing in the end',
    rule: 'create',
    advice:
      'A call may end at any line. Write down, or tag, what is made before or with making it, so that the next call finds it, and finishes what is half made.',
    run: async (subject) => {
      const cuts = subject.place.cutsAfterMs ?? CUTS_AFTER_MS;
      for (const [index, id] of subject.ids.entries()) {
        const cutAfterMs = cuts[index];
        if (cutAfterMs === undefined) break;
        await cutOff(subject, id, cutAfterMs);
        await subject.reopen();
        await subject.createRunning(id);
        await subject.expectCount(
          id,
          1,
          `After a create that was cut off at ${cutAfterMs} ms and another one`,
        );
      }
    },
  },
  {
    name: 'a resource can be made again after it is gone',
    rule: 'create',
    advice:
      'Forget what is gone: nothing of an earlier thing may keep a new one of the same id from being made.',
    run: async (subject) => {
      const [id] = subject.ids;
      const { externalId } = await subject.createRunning(id);
      await subject.destroyUntilGone(id, externalId);
      await subject.createRunning(id);
      await subject.expectCount(id, 1, 'After create, destroy and create');
    },
  },
];

/** Another create answers the thing that is there. Liveness may have moved on meanwhile. */
function expectAnswer(first: Observation, again: Observation, what: string): void {
  const { externalId, machine, addresses, endpoints } = first;
  expectSame(again.externalId, externalId, `${what} answers another externalId`);
  expectSame(again.machine, machine, `${what} says of the machine`);
  expectSame(again.addresses, addresses, `${what} says of addresses`);
  expectSame(again.endpoints, endpoints, `${what} says of endpoints`);
  expectThat(again.resource === first.resource, `${what} answers for ${again.resource}.`);
}

/** Aborts a creation soon after it began, as a server does that is stopped. */
async function cutOff(subject: Subject, id: string, afterMs: number): Promise<void> {
  const abort = new AbortController();
  const attempt = subject.start(id, AbortSignal.any([subject.stop, abort.signal])).catch(() => undefined);
  await subject.pause(afterMs);
  abort.abort(new Error('the server dies here'));
  await attempt;
}
