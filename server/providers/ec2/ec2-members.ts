import type { Marks, Observation } from '@poolkeeper/core';
import type { Logger } from '../../logger.ts';
import { ProviderGone, ProviderTransient } from '../contract.ts';
import type { MemberRequest, Members } from '../contract.ts';
import type { Ec2Calls } from './ec2-calls.ts';
import { NoSuchInstance } from './ec2-failure.ts';
import { isStaying, isThere, observationOf } from './ec2-instance.ts';
import type { Ec2Instance } from './ec2-instance.ts';
import { MEMBER_TAGS, POOL_MARK, POOL_TAG, RESOURCE_TAG, tagsOfMarks } from './tags.ts';
import type { Unsettled } from './unsettled.ts';

export type Ec2MembersInput = {
  readonly mark: string;
  readonly calls: Ec2Calls;
  readonly unsettled: Unsettled;
  readonly logger: Logger;
  /** The signal of a call, and the end of the provider. */
  readonly until: (signal: AbortSignal) => AbortSignal;
};

/** Membership is a tag: taking in writes it, letting go takes it away, and what clients say of a machine stands beside it. */
export class Ec2Members implements Members {
  readonly #input: Ec2MembersInput;

  constructor(input: Ec2MembersInput) {
    this.#input = input;
  }

  /** Takes in a machine that runs, or is about to. One that is another pool's becomes this one's: a machine has one mark. */
  async attach({ resource, externalId }: MemberRequest, signal: AbortSignal): Promise<Observation> {
    const { mark, calls, unsettled, logger } = this.#input;
    const until = this.#input.until(signal);
    const machine = await this.#require(externalId, until);
    if (!isStaying(machine)) {
      throw new ProviderGone(`${externalId} has ended, or is about to: attach one that runs.`);
    }
    const { [POOL_MARK]: before = mark } = machine.tags;
    if (before !== mark) {
      logger.warn({ machine: externalId, from: before, to: mark }, 'a member of another pool is attached');
    }
    const tags = { [POOL_MARK]: mark, [RESOURCE_TAG]: resource.id, [POOL_TAG]: resource.pool };
    await this.#known(externalId, calls.tag(externalId, tags, until));
    const attached: Ec2Instance = { ...machine, tags: { ...machine.tags, ...tags } };
    unsettled.exists(attached);
    unsettled.tagged(externalId, tags);
    return observationOf(attached, resource.id);
  }

  /** One that another pool has taken meanwhile keeps that pool's tags. */
  async detach({ externalId }: MemberRequest, signal: AbortSignal): Promise<void> {
    const until = this.#input.until(signal);
    const { [POOL_MARK]: owner = this.#input.mark } = (await this.#require(externalId, until)).tags;
    if (owner !== this.#input.mark) return;
    await this.#known(externalId, this.#input.calls.untag(externalId, MEMBER_TAGS, until));
    this.#input.unsettled.untagged(externalId, MEMBER_TAGS);
  }

  async mark(request: MemberRequest & { readonly marks: Marks }, signal: AbortSignal): Promise<void> {
    const { externalId, marks } = request;
    const tags = tagsOfMarks(marks);
    const { mark, calls } = this.#input;
    const until = this.#input.until(signal);
    const machine = await this.#require(externalId, until);
    if (machine.tags[POOL_MARK] !== mark) {
      throw new ProviderGone(
        `${externalId} is no member: its tag ${POOL_MARK} is not ${JSON.stringify(mark)}.`,
      );
    }
    if (Object.keys(tags).length === 0) return;
    await this.#known(externalId, calls.tag(externalId, tags, until));
    this.#input.unsettled.tagged(externalId, tags);
  }

  /** Looked for first: not every API minds tags of what does not exist. */
  async #require(id: string, signal: AbortSignal): Promise<Ec2Instance> {
    const { calls, unsettled } = this.#input;
    const machine = (await this.#known(id, calls.find(id, signal))) ?? unsettled.find(id);
    const settled = machine && unsettled.settle([machine]).find((one) => one.id === id);
    if (settled === undefined || !isThere(settled)) throw noSuch(id);
    return settled;
  }

  /** Says of what EC2 does not know whether it is not there, or not yet known where the call came to. */
  async #known<T>(id: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof NoSuchInstance)) throw error;
      if (this.#input.unsettled.find(id) === undefined) throw noSuch(id, error);
      throw new ProviderTransient(
        `${id} was made a moment ago, and EC2 does not know it everywhere. Try again soon.`,
        {
          cause: error,
        },
      );
    }
  }
}

function noSuch(id: string, cause?: Error): ProviderGone {
  return new ProviderGone(`EC2 knows no machine ${id} in this account and region.`, { cause });
}
