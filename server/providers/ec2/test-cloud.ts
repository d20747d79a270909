import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '../../system-clock.ts';
import type { CancelTimer } from '../../timers.ts';
import { Ec2Fault, answerOf, faultOf, filtersOf, listOf, tagsOf } from './test-cloud-xml.ts';
import type { Params, XmlTree } from './test-cloud-xml.ts';

export type StandInInstance = {
  readonly id: string;
  readonly params: Params;
  readonly launchTime: string;
  readonly tags: Record<string, string>;
  state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopped' | 'rebooting';
};
type Fault = { readonly status: number; readonly code: string; readonly message: string };

/** A machine of this type is made at once, and its creation answered so late. */
export const SLOW_TYPE = 'slow.large';
const SLOW_MS = 30_000;
const LAUNCHED_AT = Date.UTC(2026, 0, 1);
const CODES = {
  pending: '0',
  running: '16',
  'shutting-down': '32',
  terminated: '48',
  stopped: '80',
  rebooting: '99',
};

/**
 * What emulators of EC2 do not do: client tokens with their mismatch, answers that lag behind what was confirmed, throttling, lost
 * answers, expired credentials. It speaks the query protocol over HTTP, so the real SDK is on the other side.
 *
 * A machine runs from the first look at it on, and has ended at the second look after its end was asked for.
 */
export class TestEc2 implements AsyncDisposable {
  readonly instances = new Map<string, StandInInstance>();
  readonly requests: Params[] = [];
  accessKey = 'AKIDEXAMPLE';
  pageLimit = 1_000;
  readonly #server: Server;
  readonly #tokens = new Map<string, { readonly params: string; readonly id: string }>();
  readonly #faults: { action: string; fault: Fault; times: number; after: number }[] = [];
  readonly #losses = new Map<string, number>();
  readonly #late: CancelTimer[] = [];
  /** What is shown while answers lag; null while they do not. */
  #shown: Map<string, StandInInstance> | null = null;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<TestEc2> {
    const server = createServer();
    const cloud = new TestEc2(server);
    server.on('request', (request, response) => void cloud.#serve(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing that is done is seen, until `catchUp`. */
  lag(): void {
    this.#shown = new Map([...this.instances].map(([id, one]) => [id, { ...one, tags: { ...one.tags } }]));
  }

  catchUp(): void {
    this.#shown = null;
  }

  /** Calls fail so often, after so many that do not. */
  fail(action: string, fault: Fault, { times = 1_000, after = 0 } = {}): void {
    this.#faults.push({ action, fault, times, after });
  }

  mend(): void {
    this.#faults.length = 0;
  }

  /** The next calls do their work, and their connections end without an answer. */
  loseAnswers(action: string, times: number): void {
    this.#losses.set(action, times);
  }

  callsOf(action: string): readonly Params[] {
    return this.requests.filter((params) => params['Action'] === action);
  }

  /** Machines of a resource that have not ended. */
  count(resource: string): number {
    return [...this.instances.values()].filter(
      ({ state, tags }) => state !== 'terminated' && tags['poolkeeper:resource'] === resource,
    ).length;
  }

  /** A machine that somebody else made. */
  add(tags: Record<string, string> = {}, params: Params = { InstanceType: 'm5.large' }): StandInInstance {
    const number = this.instances.size + 1;
    const instance: StandInInstance = {
      id: `i-${number.toString(16).padStart(17, '0')}`,
      params,
      launchTime: new Date(LAUNCHED_AT + number * 1_000).toISOString(),
      tags,
      state: 'running',
    };
    this.instances.set(instance.id, instance);
    return instance;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cancel of this.#late) cancel();
    this.#server.closeAllConnections();
    await new Promise<void>((done) => {
      this.#server.close(() => done());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const params: Params = Object.fromEntries(new URLSearchParams(body));
    const { Action: action = '' } = params;
    this.requests.push(params);
    const answer = this.#answer(action, params, request.headers.authorization ?? '');
    const losses = this.#losses.get(action) ?? 0;
    if (losses > 0) {
      this.#losses.set(action, losses - 1);
      request.socket.destroy();
      return;
    }
    const send = (): void => {
      response.writeHead(answer.status, { 'content-type': 'text/xml;charset=UTF-8' }).end(answer.body);
    };
    if (action === 'RunInstances' && params['InstanceType'] === SLOW_TYPE) {
      this.#late.push(systemTimers.set(SLOW_MS, send));
    } else {
      send();
    }
  }

  #answer(action: string, params: Params, authorization: string): { status: number; body: string } {
    try {
      const planned = this.#faults.find((one) => one.action === action && one.times > 0);
      if (planned !== undefined && planned.after > 0) planned.after -= 1;
      else if (planned !== undefined) {
        planned.times -= 1;
        const { status, code, message } = planned.fault;
        throw new Ec2Fault(status, code, message);
      }
      if (!authorization.includes(`Credential=${this.accessKey}/`)) {
        throw new Ec2Fault(
          401,
          'AuthFailure',
          'AWS was not able to validate the provided access credentials',
        );
      }
      return { status: 200, body: answerOf(action, this.#do(action, params)) };
    } catch (error) {
      if (!(error instanceof Ec2Fault)) throw error;
      return { status: error.status, body: faultOf(error) };
    }
  }

  #do(action: string, params: Params): XmlTree {
    switch (action) {
      case 'RunInstances':
        return { reservationId: 'r-1', instancesSet: [treeOf(this.#run(params))] };
      case 'DescribeInstances':
        return this.#describe(params);
      case 'TerminateInstances':
        return { instancesSet: this.#named(params, 'InstanceId').map((one) => this.#terminate(one)) };
      case 'CreateTags':
        for (const one of this.#named(params, 'ResourceId')) {
          for (const [name, text] of Object.entries(tagsOf(params, 'Tag'))) one.tags[name] = text ?? '';
        }
        return { return: 'true' };
      case 'DeleteTags':
        for (const id of listOf(params, 'ResourceId')) {
          for (const name of Object.keys(tagsOf(params, 'Tag'))) delete this.instances.get(id)?.tags[name];
        }
        return { return: 'true' };
      default:
        throw new Ec2Fault(400, 'InvalidAction', `The action ${action} is not valid for this web service.`);
    }
  }

  #run(params: Params): StandInInstance {
    const { ClientToken: token = '', ...rest } = params;
    const known = this.#tokens.get(token);
    if (known !== undefined) {
      if (known.params === JSON.stringify(rest)) return this.instances.get(known.id) as StandInInstance;
      throw new Ec2Fault(
        400,
        'IdempotentParameterMismatch',
        'Arguments on this idempotent request are inconsistent',
      );
    }
    const tags = Object.fromEntries(
      Object.entries(tagsOf(params, 'TagSpecification.1.Tag')).map(([name, text]) => [name, text ?? '']),
    );
    const instance = this.add(tags, rest);
    instance.state = 'pending';
    if (token !== '') this.#tokens.set(token, { params: JSON.stringify(rest), id: instance.id });
    return instance;
  }

  #describe(params: Params): XmlTree {
    const ids = listOf(params, 'InstanceId');
    const filters = filtersOf(params);
    const all = ids.length > 0 ? this.#named(params, 'InstanceId') : [...this.#seen().values()];
    const found = all.filter(({ tags }) =>
      filters.every(({ name, values }) => values.includes(tags[name.replace(/^tag:/, '')] ?? '')),
    );
    const from = Number(params['NextToken'] ?? 0);
    const page = found.slice(from, from + this.pageLimit);
    for (const one of page) moveOn(one);
    const next = from + this.pageLimit < found.length ? String(from + this.pageLimit) : undefined;
    return {
      reservationSet: page.map((one) => ({ reservationId: 'r-1', instancesSet: [treeOf(one)] })),
      nextToken: next,
    };
  }

  #terminate(instance: StandInInstance): XmlTree {
    const one = this.instances.get(instance.id) ?? instance;
    if (one.state !== 'terminated') one.state = 'shutting-down';
    return { instanceId: one.id, currentState: { code: CODES[one.state], name: one.state } };
  }

  /** Tags and ends are written to what is, found by what is shown. */
  #named(params: Params, prefix: string): StandInInstance[] {
    return listOf(params, prefix).map((id) => {
      const shown = this.#seen().get(id);
      if (shown === undefined) {
        throw new Ec2Fault(400, 'InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
      }
      return prefix === 'ResourceId' ? (this.instances.get(id) ?? shown) : shown;
    });
  }

  #seen(): Map<string, StandInInstance> {
    return this.#shown ?? this.instances;
  }
}

function moveOn(instance: StandInInstance): void {
  if (instance.state === 'pending') instance.state = 'running';
  else if (instance.state === 'shutting-down') instance.state = 'terminated';
}

function treeOf({ id, params, launchTime, tags, state }: StandInInstance): XmlTree {
  const number = Number.parseInt(id.slice(2), 16);
  const isSpot = params['InstanceMarketOptions.MarketType'] === 'spot';
  return {
    instanceId: id,
    imageId: params['ImageId'],
    instanceState: { code: CODES[state], name: state },
    instanceType: params['InstanceType'],
    launchTime,
    placement: { availabilityZone: 'eu-west-1b' },
    privateIpAddress: `10.0.0.${number}`,
    ipAddress:
      params['NetworkInterface.1.AssociatePublicIpAddress'] === 'true' ? `198.18.0.${number}` : undefined,
    subnetId: params['NetworkInterface.1.SubnetId'],
    instanceLifecycle: isSpot ? 'spot' : undefined,
    tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
}
