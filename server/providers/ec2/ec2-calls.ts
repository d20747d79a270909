import type * as Sdk from '@aws-sdk/client-ec2';
import type { EC2Client, Filter, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { ProviderTransient } from '../contract.ts';
import { failureOf } from './ec2-failure.ts';
import { readInstance } from './ec2-instance.ts';
import type { Ec2Instance } from './ec2-instance.ts';
import type { Ec2Settings } from './settings.ts';
import type { Tags } from './tags.ts';

/** How often one call is made while EC2 throttles or fails, before it is left to the next attempt of the job. */
const ATTEMPTS_MAX = 3;
/** Machines that one page brings, and pages that are read. */
const PAGE_LIMIT = 1_000;
const PAGES_MAX = 100;

/**
 * The calls of one account in one region.
 *
 * Errors, of every method: those of the provider contract, with what EC2 said and what to do; `NoSuchInstance` of a machine that EC2
 * does not know (yet); the signal's reason, soon after it aborts.
 */
export class Ec2Calls {
  readonly #sdk: typeof Sdk;
  readonly #client: EC2Client;
  readonly #settings: Ec2Settings;

  private constructor(sdk: typeof Sdk, settings: Ec2Settings) {
    const { region, endpoint, connectionTimeout, socketTimeout } = settings;
    this.#sdk = sdk;
    this.#settings = settings;
    this.#client = new sdk.EC2Client({
      region,
      credentials: { accessKeyId: settings.awsAccessKeyId, secretAccessKey: settings.awsSecretAccessKey },
      ...(endpoint === null ? {} : { endpoint }),
      maxAttempts: ATTEMPTS_MAX,
      retryMode: 'standard',
      defaultsMode: 'standard',
      requestHandler: { connectionTimeout, socketTimeout },
    });
  }

  /** Loads the SDK, which is large: some 100 MB of memory that a server without such a provider does not spend. */
  static async open(settings: Ec2Settings): Promise<Ec2Calls> {
    return new Ec2Calls(await import('@aws-sdk/client-ec2'), settings);
  }

  /**
   * Makes a machine, or answers the one that an earlier call with the same token made, whatever became of it.
   *
   * Errors: `TokenMismatch` where the token stood for other parameters.
   */
  async run(input: RunInstancesCommandInput, signal: AbortSignal): Promise<Ec2Instance> {
    const { Instances = [] } = await this.#said('RunInstances', signal, (abortSignal) =>
      this.#client.send(new this.#sdk.RunInstancesCommand(input), { abortSignal }),
    );
    const made = Instances.map(readInstance).find((instance) => instance !== undefined);
    if (made !== undefined) return made;
    throw new ProviderTransient(`EC2 in ${this.#place} answered no machine to RunInstances.`);
  }

  /** Undefined when EC2 does not know it (yet). */
  async find(id: string, signal: AbortSignal): Promise<Ec2Instance | undefined> {
    const { Reservations = [] } = await this.#said('DescribeInstances', signal, (abortSignal) =>
      this.#client.send(new this.#sdk.DescribeInstancesCommand({ InstanceIds: [id] }), { abortSignal }),
    );
    const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
    return instances.map(readInstance).find((instance) => instance?.id === id);
  }

  /** Every machine with these tags, page after page; what has ended is among them for about an hour. */
  async list(tags: Tags, signal: AbortSignal): Promise<Ec2Instance[]> {
    const filters: Filter[] = Object.entries(tags).map(([name, value]) => ({
      Name: `tag:${name}`,
      Values: [escapeFilter(value)],
    }));
    const found: Ec2Instance[] = [];
    let token: string | undefined;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const input = {
        Filters: filters,
        MaxResults: PAGE_LIMIT,
        ...(token === undefined ? {} : { NextToken: token }),
      };
      const answer = await this.#said('DescribeInstances', signal, (abortSignal) =>
        this.#client.send(new this.#sdk.DescribeInstancesCommand(input), { abortSignal }),
      );
      for (const instance of (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances)) {
        const read = readInstance(instance);
        if (read !== undefined) found.push(read);
      }
      token = answer.NextToken;
      if (token === undefined || token === '') return found;
    }
    throw new ProviderTransient(
      `EC2 in ${this.#place} lists more than ${PAGES_MAX} pages of machines. Spread them over several pools with names of their own.`,
    );
  }

  /** Asks for the end of a machine; `gone` when it has come to it already. */
  async terminate(id: string, signal: AbortSignal): Promise<'gone' | 'going'> {
    const { TerminatingInstances = [] } = await this.#said('TerminateInstances', signal, (abortSignal) =>
      this.#client.send(new this.#sdk.TerminateInstancesCommand({ InstanceIds: [id] }), { abortSignal }),
    );
    return TerminatingInstances[0]?.CurrentState?.Name === 'terminated' ? 'gone' : 'going';
  }

  async tag(id: string, tags: Tags, signal: AbortSignal): Promise<void> {
    const input = { Resources: [id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    await this.#said('CreateTags', signal, (abortSignal) =>
      this.#client.send(new this.#sdk.CreateTagsCommand(input), { abortSignal }),
    );
  }

  /** Takes tags away, whatever they say. */
  async untag(id: string, names: readonly string[], signal: AbortSignal): Promise<void> {
    const input = { Resources: [id], Tags: names.map((Key) => ({ Key })) };
    await this.#said('DeleteTags', signal, (abortSignal) =>
      this.#client.send(new this.#sdk.DeleteTagsCommand(input), { abortSignal }),
    );
  }

  close(): void {
    this.#client.destroy();
  }

  get #place(): string {
    return this.#settings.endpoint ?? this.#settings.region;
  }

  async #said<T>(call: string, signal: AbortSignal, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      // Between two attempts the SDK waits without a look at the signal.
      return await Promise.race([send(signal), aborted]);
    } catch (error) {
      signal.throwIfAborted();
      const { awsAccessKeyId, awsSecretAccessKey } = this.#settings;
      throw failureOf(error, { call, place: this.#place, secrets: [awsSecretAccessKey, awsAccessKeyId] });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** In a filter `*` and `?` stand for other characters. */
function escapeFilter(value: string): string {
  return value.replaceAll(/[\\*?]/g, String.raw`\$&`);
}
