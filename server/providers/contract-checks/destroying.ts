import { expectThat } from './broken.ts';
import type { ContractCheck } from './check.ts';

const ONLY_WHEN_GONE =
  'Answer "gone" only when it was looked and nothing is there any more; as long as it still exists, answer "going", and be asked again.';

/** What holds of `destroy`: rule 2. */
export const DESTROYING: readonly ContractCheck[] = [
  {
    name: 'destroying is repeated until it is gone, and then nothing is there',
    rule: 'destroy',
    advice: ONLY_WHEN_GONE,
    run: async (subject) => {
      const [id, neighbour] = subject.ids;
      const { externalId } = await subject.createRunning(id);
      await subject.createRunning(neighbour);
      await subject.destroyUntilGone(id, externalId);
      const left = await subject.find(id);
      expectThat(
        left === undefined,
        `destroy of ${id} answered gone, and observe still lists it as ${left?.machine}.`,
      );
      await subject.expectCount(id, 0, 'After destroy answered gone');
      await subject.expectCount(neighbour, 1, `After ${id} was destroyed, its neighbour is to be untouched;`);
    },
  },
  {
    name: 'a provider that is opened again destroys what the last one made',
    rule: 'destroy',
    advice: `Find the thing by the resource’s id: after a crash nobody may know its externalId. ${ONLY_WHEN_GONE}`,
    run: async (subject) => {
      const [id] = subject.ids;
      await subject.createRunning(id);
      await subject.reopen();
      await subject.destroyUntilGone(id);
      await subject.expectCount(id, 0, 'After a new start, and destroy without an externalId answered gone,');
    },
  },
  {
    name: 'destroying what is gone, or never was, is gone',
    rule: 'destroy',
    advice: 'Answer {"state": "gone"} where there is nothing to destroy; that is no failure.',
    run: async (subject) => {
      const [id, never] = subject.ids;
      const { externalId } = await subject.createRunning(id);
      await subject.destroyUntilGone(id, externalId);
      const again = await subject.destroy(id, externalId);
      expectThat(again === 'gone', `destroy of ${id}, which is gone, answered "${again}".`);
      const nothing = await subject.destroy(never);
      expectThat(nothing === 'gone', `destroy of ${never}, which was never made, answered "${nothing}".`);
    },
  },
];
