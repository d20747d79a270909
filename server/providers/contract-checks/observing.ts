import { LIVENESSES, MACHINE_STATES } from '@poolkeeper/core';
import { expectSame, expectThat } from './broken.ts';
import type { ContractCheck } from './check.ts';

/** What holds of `observe`: rule 3. */
export const OBSERVING: readonly ContractCheck[] = [
  {
    name: 'it says that it makes things, and nothing is there at first',
    rule: 'observe',
    isBasic: true,
    advice:
      'List only what bears the tag of this provider’s instance. What is listed here and was left by an earlier test is to be removed by hand.',
    run: async (subject) => {
      expectThat(subject.provider.makes, 'It says that it makes nothing.');
      const listed = (await subject.observe()).map(({ resource }) => resource);
      expectThat(listed.length === 0, `Before anything was made, observe lists ${listed.join(', ')}.`);
    },
  },
  {
    name: 'what it made exists, carries our id and is observed',
    rule: 'observe',
    isBasic: true,
    advice:
      'Write the resource’s id on the thing, as a tag or a name, and answer it as "resource" in observe.',
    run: async (subject) => {
      const [id] = subject.ids;
      const made = await subject.createRunning(id);
      expectThat(made.externalId !== '', `create of ${id} answered an empty externalId.`);
      const seen = await subject.requireObserved(id);
      await subject.expectCount(id, 1, 'After create');
      for (const trait of ['externalId', 'machine', 'liveness', 'addresses', 'endpoints'] as const) {
        expectSame(seen[trait], made[trait], `observe says another ${trait} of ${id} than create`);
      }
    },
  },
  {
    name: 'observations are complete and in known words',
    rule: 'observe',
    advice: 'Answer an entry for each thing, with an externalId of its own and endpoints that are URLs.',
    run: async (subject) => {
      await Promise.all(subject.ids.map((id) => subject.create(id)));
      const observations = await subject.observe();
      const listed = observations.map(({ resource }) => resource).toSorted();
      expectSame(listed, subject.ids, 'After three creates, observe lists');
      const names = new Set(observations.map(({ externalId }) => externalId));
      expectSame(names.size, observations.length, 'Different externalIds of three things');
      for (const { resource, machine, liveness, addresses, endpoints } of observations) {
        expectThat(MACHINE_STATES.includes(machine), `${resource}: "${machine}" is no state of a machine.`);
        expectThat(LIVENESSES.includes(liveness), `${resource}: "${liveness}" is no liveness.`);
        expectThat(!addresses.includes(''), `${resource} has an empty address.`);
        for (const [name, url] of Object.entries(endpoints)) {
          expectThat(URL.canParse(url), `${resource}: the endpoint ${name} is no URL: ${url}.`);
        }
      }
    },
  },
];
