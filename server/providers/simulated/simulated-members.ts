import type { Observation } from '@poolkeeper/core';
import { ProviderGone, ProviderRefused } from '../contract.ts';
import type { MemberRequest, Members } from '../contract.ts';
import type { CloudClient } from './cloud-client.ts';
import { isThere, observationOf } from './cloud-machine.ts';
import type { CloudMachine } from './cloud-machine.ts';
import { tagsOf, tagsOfMarks, withoutOwn } from './tags.ts';
import type { Mark } from './tags.ts';

export type SimulatedMembersInput = {
  readonly mark: Mark;
  /** Is a machine of another pool taken over when somebody asks for it? Else it is refused. */
  readonly takesOver: boolean;
  readonly client: CloudClient;
  /** Ends a call when the provider closes, too. */
  readonly until: (signal: AbortSignal) => AbortSignal;
};

/** Takes machines of the cloud in and lets them go by their tags, which keep the marks too. */
export class SimulatedMembers implements Members {
  readonly #input: SimulatedMembersInput;

  constructor(input: SimulatedMembersInput) {
    this.#input = input;
  }

  async attach({ resource, externalId }: MemberRequest, signal: AbortSignal): Promise<Observation> {
    const { client, mark, takesOver, until } = this.#input;
    const machine = await this.#require(externalId, signal);
    if (machine.state === 'TERMINATING')
      throw new ProviderGone(`Machine ${externalId} is about to end: attach one that runs.`);
    const other = machine.tags[mark.tag];
    if (!takesOver && other !== undefined && other !== mark.text)
      throw new ProviderRefused(`Machine ${externalId} belongs to another server. Let it go there first.`);
    const tagged = await client.tag(externalId, tagsOf(mark, resource), until(signal));
    return observationOf(present(tagged, externalId), resource.id);
  }

  /** One that is another's by now keeps its tags. */
  async detach({ externalId }: MemberRequest, signal: AbortSignal): Promise<void> {
    const machine = await this.#require(externalId, signal);
    if (!this.#isOurs(machine)) return;
    const { client, until } = this.#input;
    present(await client.tag(externalId, withoutOwn(machine.tags), until(signal)), externalId);
  }

  async mark(request: Parameters<Members['mark']>[0], signal: AbortSignal): Promise<void> {
    const { externalId, marks } = request;
    const { client, until } = this.#input;
    const machine = await this.#require(externalId, signal);
    if (!this.#isOurs(machine)) throw new ProviderGone(`Machine ${externalId} is no member any more.`);
    present(await client.tag(externalId, tagsOfMarks(marks), until(signal)), externalId);
  }

  #isOurs({ tags }: CloudMachine): boolean {
    const { tag, text } = this.#input.mark;
    return tags[tag] === text;
  }

  async #require(externalId: string, signal: AbortSignal): Promise<CloudMachine> {
    const { client, until } = this.#input;
    const machine = await client.find(externalId, until(signal));
    return present(isThere(machine) ? machine : undefined, externalId);
  }
}

function present(machine: CloudMachine | undefined, externalId: string): CloudMachine {
  if (machine !== undefined) return machine;
  throw new ProviderGone(`The cloud has no machine ${externalId}.`);
}
