import type { Clock } from '../../../timers.ts';
import { ACCOUNT } from './test-iam.ts';
import type { Thing, Things } from './things.ts';
import { NOT_FOUND, asText, fault, pageAt, partsOf } from './wire.ts';
import type { TestCall, TestReply } from './wire.ts';

/** Without a state, these are listed. */
const USUAL = ['active', 'provisioning'];

/** The resource controller: instances in their states, soft deletion, reclamations, resource groups. */
export class TestResources {
  readonly #things: Things;
  readonly #clock: Clock;
  /** Instances that become reclamations, and when. */
  readonly #softly = new Map<Thing, number>();

  constructor(things: Things, clock: Clock) {
    this.#things = things;
    this.#clock = clock;
  }

  answer({ method, path, query }: TestCall): TestReply {
    this.#settle();
    const [, kind, id, part, action] = partsOf(path);
    if (kind === 'resource_instances') {
      return id === undefined ? this.#list(query) : this.#instance(id, { method, part, query });
    }
    if (kind === 'reclamations') return this.#reclamations(method, { id, action, query });
    if (kind !== 'resource_groups') return NOT_FOUND;
    const groups = this.#things.list('resource_groups');
    if (id === undefined) return { status: 200, body: { resources: groups.map(({ said }) => said) } };
    const group = groups.find((one) => one.id === id);
    if (group === undefined) return NOT_FOUND;
    if (group.said['default'] === true) return fault(403, 'default_group', 'The default group stays');
    const isFull = this.#things.all().some(({ said }) => said['resource_group_id'] === id);
    if (isFull) return fault(409, 'group_not_empty', 'The group is not empty');
    this.#things.end(group);
    return { status: 204 };
  }

  #list(query: URLSearchParams): TestReply {
    const state = query.get('state');
    const all = this.#things
      .list('resource_instances')
      .filter(({ said }) =>
        state === null ? USUAL.includes(asText(said['state'])) : said['state'] === state,
      );
    const { page, next } = pageAt(
      all.map(({ said }) => said),
      query.get('next_docid'),
    );
    const link = next === undefined ? null : `/v2/resource_instances?next_docid=${next}&limit=${page.length}`;
    return { status: 200, body: { rows_count: page.length, next_url: link, resources: page } };
  }

  #instance(
    id: string,
    { method, part, query }: { method: string; part: string | undefined; query: URLSearchParams },
  ): TestReply {
    const instance = this.#things.find('resource_instances', id);
    if (instance === undefined || method !== 'DELETE') return NOT_FOUND;
    if (part === 'lock') {
      instance.said = { ...instance.said, locked: false };
      return { status: 200, body: instance.said };
    }
    if (instance.said['locked'] === true) return fault(422, 'locked', 'The instance is locked');
    if (instance.said['has_keys'] === true && query.get('recursive') !== 'true') {
      return fault(400, 'has_keys', 'The instance has keys');
    }
    if (instance.said['goes_softly'] === true) this.#softly.set(instance, this.#clock.now() + instance.lagMs);
    else this.#things.end(instance);
    return { status: 202 };
  }

  #reclamations(
    method: string,
    { id, action, query }: { id: string | undefined; action: string | undefined; query: URLSearchParams },
  ): TestReply {
    if (id === undefined) {
      if (query.get('account_id') !== ACCOUNT) return fault(400, 'no_account', 'account_id is needed');
      return { status: 200, body: { resources: this.#things.list('reclamations').map(({ said }) => said) } };
    }
    const reclamation = this.#things.find('reclamations', id);
    if (reclamation === undefined || method !== 'POST' || action !== 'reclaim') return NOT_FOUND;
    const instance = this.#things.find(
      'resource_instances',
      asText(reclamation.said['resource_instance_id']),
    );
    this.#things.end(reclamation);
    if (instance !== undefined) this.#things.end(instance);
    return { status: 200, body: reclamation.said };
  }

  #settle(): void {
    for (const [instance, at] of this.#softly) {
      if (at > this.#clock.now()) continue;
      this.#softly.delete(instance);
      instance.said = { ...instance.said, state: 'pending_reclamation' };
      const id = `reclaim-${instance.id}`;
      const said = {
        id,
        resource_instance_id: instance.id,
        entity_crn: instance.id,
        account_id: ACCOUNT,
        state: 'SCHEDULED',
        resource_group_id: 'group-default',
      };
      this.#things.add('reclamations', id, { said });
    }
  }
}
