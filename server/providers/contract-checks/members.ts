import type { Marks, Observation } from '@poolkeeper/core';
import { ProviderGone } from '../contract.ts';
import type { MemberRequest, Members } from '../contract.ts';
import { Broken, expectSame, expectThat } from './broken.ts';
import type { ContractCheck } from './check.ts';
import type { Subject } from './subject.ts';

/** What holds of a provider that takes in what it did not make, lets go of members, and keeps marks: rule 6. */
export const MEMBERSHIP: readonly ContractCheck[] = [
  {
    name: 'what is let go of lives on unlisted, and can be taken in for another resource',
    rule: 'members',
    advice:
      'Detach takes the tags off, and nothing else; attach writes those of the resource that it is asked for.',
    run: async (subject) => {
      const [id, other] = subject.ids;
      const { externalId } = await subject.createRunning(id);
      for (let turn = 0; turn < 2; turn += 1)
        await membersOf(subject).detach(aRequest(id, externalId), subject.stop);
      expectThat((await find(subject, externalId)) === undefined, `${id} was detached, and is still listed.`);
      for (let turn = 0; turn < 2; turn += 1) {
        const seen = await membersOf(subject).attach(aRequest(other, externalId), subject.stop);
        expectSame([seen.resource, seen.externalId], [other, externalId], 'attach answers for');
      }
      expectSame(
        (await subject.requireObserved(other)).externalId,
        externalId,
        'What was attached is listed as',
      );
      expectThat(
        (await subject.find(id)) === undefined,
        `${id} is listed beside ${other}, which has its machine.`,
      );
      await subject.destroyUntilGone(other, externalId);
      await subject.expectCount(other, 0, 'After what was attached was destroyed');
    },
  },
  {
    name: 'marks are kept on the thing, each until another is said, and go when it is let go of',
    rule: 'members',
    advice:
      'Write marks where the thing is, beside its tags, and answer them in observe; detach takes them off too, and what is no member takes none.',
    run: async (subject) => {
      const [id] = subject.ids;
      const { externalId } = await subject.createRunning(id);
      const say = (marks: Marks): Promise<void> =>
        membersOf(subject).mark({ ...aRequest(id, externalId), marks }, subject.stop);
      const membership = { active: false, evictable: true };
      expectSame((await subject.requireObserved(id)).marks ?? {}, {}, 'Before anything was said, marks are');
      await say({ membership, serviceState: 'UNHEALTHY' });
      await say({ serviceState: 'IN_SERVICE' });
      await subject.reopen();
      const kept = (await subject.requireObserved(id)).marks;
      expectSame(kept, { membership, serviceState: 'IN_SERVICE' }, 'After a new start the marks are');
      await membersOf(subject).detach(aRequest(id, externalId), subject.stop);
      await expectGone('mark', 'let go of', () => say({ serviceState: 'BOOTING' }));
      const attached = await membersOf(subject).attach(aRequest(id, externalId), subject.stop);
      expectSame(attached.marks ?? {}, {}, 'After it was let go of and taken in again, marks are');
    },
  },
  {
    name: 'of what does not exist it says that it is gone',
    rule: 'members',
    advice: 'Look whether the thing is there, and say that it is gone where it is not.',
    run: async (subject) => {
      const [id] = subject.ids;
      const { externalId } = await subject.createRunning(id);
      await subject.destroyUntilGone(id, externalId);
      const request = aRequest(id, externalId);
      const members = membersOf(subject);
      await expectGone('attach', 'destroyed', () => members.attach(request, subject.stop));
      await expectGone('detach', 'destroyed', () => members.detach(request, subject.stop));
      await expectGone('mark', 'destroyed', () => members.mark({ ...request, marks: {} }, subject.stop));
    },
  },
];

function membersOf({ provider }: Subject): Members {
  if (provider.members === undefined) throw new Broken('It offers no members.');
  return provider.members;
}

function aRequest(id: string, externalId: string): MemberRequest {
  return {
    resource: { id, name: `${id}-name`, pool: 'web' },
    externalId,
    idempotencyKey: `job_member_${id}`,
  };
}

/** Whatever resource it is listed for, also none. */
async function find(
  subject: Subject,
  externalId: string,
): Promise<Pick<Observation, 'externalId'> | undefined> {
  const listed = await subject.provider.observe(subject.stop);
  return listed.find((thing) => thing.externalId === externalId && thing.machine !== 'TERMINATED');
}

async function expectGone(what: string, became: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (error instanceof ProviderGone) return;
    throw error;
  }
  throw new Broken(`${what} of what was ${became} is answered as if it were there.`);
}
