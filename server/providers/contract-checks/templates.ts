import { ProviderRefused } from '../contract.ts';
import { Broken, expectThat } from './broken.ts';
import type { ContractCheck } from './check.ts';

/** What holds of templates, and of what is refused: rule 4. */
export const TEMPLATES: readonly ContractCheck[] = [
  {
    name: 'an accepted template has no faults',
    rule: 'failure',
    advice: 'Let checkTemplate find nothing wrong with what create takes.',
    run: (subject) => {
      const faults = subject.provider.checkTemplate(subject.place.template);
      expectThat(faults.length === 0, `checkTemplate finds fault: ${JSON.stringify(faults)}.`);
      return Promise.resolve();
    },
  },
  {
    name: 'a refused template names the member, and makes nothing',
    rule: 'failure',
    advice: 'Check a template before anything is made of it, and throw ProviderRefused.',
    leftOut: ({ refused }) => (refused.length === 0 ? 'it needs templates that are refused' : null),
    run: async (subject) => {
      const [id] = subject.ids;
      for (const [template, pointer] of subject.place.refused) {
        const shown = JSON.stringify(template);
        const faults = subject.provider.checkTemplate(template);
        const pointers = faults.map((fault) => fault.pointer);
        expectThat(
          pointers.includes(pointer) && faults.every(({ message }) => message !== ''),
          `${shown} is wrong at "${pointer}"; checkTemplate says ${JSON.stringify(faults)}.`,
        );
        const error = await subject.start(id, subject.stop, template).catch((thrown: unknown) => thrown);
        if (!(error instanceof ProviderRefused)) throw new Broken(`create did not refuse ${shown}.`);
      }
      await subject.expectCount(id, 0, 'After every creation was refused');
      expectThat(
        (await subject.observe()).length === 0,
        'After every creation was refused, observe lists something.',
      );
    },
  },
];
