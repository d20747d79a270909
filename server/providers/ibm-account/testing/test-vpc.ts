import type { Json, JsonObject } from '@poolkeeper/core';
import { at, textAt } from '../json.ts';
import type { Thing, Things } from './things.ts';
import { NOT_FOUND, fault, pageAt, partsOf } from './wire.ts';
import type { TestCall, TestReply } from './wire.ts';

/** Two names in a path that are one list. */
const LONG: Readonly<Record<string, string>> = {
  'instance/templates': 'templates',
  'dedicated_host/groups': 'groups',
};

/** What an instance of a list must not have any more when it is deleted. */
const PARTS: Readonly<Record<string, string>> = {
  shares: 'mount_targets',
  instance_groups: 'managers',
};

/** VPC: pages by a start token, deletions that take their time, and everything that stands in the way of one. */
export class TestVpc {
  readonly #things: Things;

  constructor(things: Things) {
    this.#things = things;
  }

  answer({ method, path, query, region, body }: TestCall): TestReply {
    if (!/^\d{4}-\d\d-\d\d$/.test(query.get('version') ?? '') || query.get('generation') !== '2') {
      return fault(400, 'missing_version', 'Every call needs version and generation');
    }
    const [, ...parts] = partsOf(path);
    const long = LONG[`${parts[0]}/${parts[1]}`];
    const [list, id, part, partId] = long === undefined ? parts : [long, ...parts.slice(2)];
    if (list === undefined) return NOT_FOUND;
    if (id === undefined) return this.#list(list, { region, query });
    const thing = this.#things.list(`vpc.${list}`, { region }).find((one) => one.id === id);
    if (thing === undefined) return NOT_FOUND;
    if (part !== undefined) return this.#part(thing, { method, part, partId });
    if (method === 'PATCH') {
      thing.said = { ...thing.said, ...body };
      return { status: 200, body: thing.said };
    }
    const blocker = this.#blockerOf(list, thing);
    if (blocker !== undefined) return fault(409, `${list}_in_use`, `It is used by ${blocker}`);
    if (method !== 'DELETE') return { status: 405 };
    this.#things.end(thing);
    // A VPC takes what it was made with along.
    for (const part of ['default_security_group.id', 'default_network_acl.id']) {
      const own = this.#things.all().find((one) => one.id === textAt(thing.said, part));
      if (own !== undefined) this.#things.end(own);
    }
    return { status: 204 };
  }

  #list(list: string, { region, query }: { region: string; query: URLSearchParams }): TestReply {
    const all = this.#things
      .list(`vpc.${list}`, { region })
      .filter(({ said }) => list !== 'images' || query.get('visibility') === said['visibility']);
    const { page, next } = pageAt(
      all.map((thing) => describe(thing)),
      query.get('start'),
    );
    // The real one leaves version and generation out of the link.
    const href = `https://${region}.iaas.cloud.ibm.com/v1/${list}?limit=${page.length}&start=${next}`;
    const body = { first: { href }, limit: page.length, total_count: all.length, [list]: page };
    return { status: 200, body: next === undefined ? body : { ...body, next: { href } } };
  }

  #part(
    thing: Thing,
    { method, part, partId }: { method: string; part: string; partId: string | undefined },
  ): TestReply {
    if (part === 'stop') {
      thing.said = { ...thing.said, status: 'stopped' };
      return { status: 204 };
    }
    if (part === 'public_gateway' && method === 'DELETE') {
      const { public_gateway: _gateway, ...said } = thing.said;
      thing.said = said;
      return { status: 204 };
    }
    const parts = at(thing.said, part);
    if (!Array.isArray(parts) || method !== 'DELETE') return NOT_FOUND;
    const left = (parts as readonly Json[]).filter((one) => textAt(one, 'id') !== partId);
    thing.said = { ...thing.said, [part]: left };
    return { status: 204 };
  }

  /** What stands in the way of a deletion. */
  #blockerOf(list: string, { id, region, said }: Thing): string | undefined {
    const others = this.#things
      .all()
      .filter((one) => one.kind.startsWith('vpc.') && one.region === region && one.id !== id);
    if (at(said, 'instance_placement_enabled') === true) return 'instances that may be put on it';
    if (list === 'bare_metal_servers' && said['status'] !== 'stopped') return 'itself: it runs';
    if (list === 'instance_groups' && said['membership_count'] !== 0) return 'its members';
    const target = others.find((other) => other.id === textAt(said, 'target.id'));
    if (target !== undefined) return target.id;
    const isDefault = others.some(({ said: vpc }) =>
      [textAt(vpc, 'default_security_group.id'), textAt(vpc, 'default_network_acl.id')].includes(id),
    );
    if (isDefault) return 'the VPC that it was made with';
    const parts = at(said, PARTS[list] ?? 'none');
    if (Array.isArray(parts) && parts.length > 0) return `its ${PARTS[list]}`;
    return others.find((other) => usesOf(other.said).includes(id))?.id;
  }
}

/** Ids of what a thing lies in or uses. */
function usesOf(said: JsonObject): string[] {
  const paths = [
    'vpc.id',
    'subnet.id',
    'public_gateway.id',
    'dedicated_host.id',
    'group.id',
    'image.id',
    'volume.id',
    'instance_template.id',
  ];
  const rules = at(said, 'rules');
  const remotes = Array.isArray(rules)
    ? (rules as readonly Json[]).map((rule) => textAt(rule, 'remote.id'))
    : [];
  return [...paths.map((path) => textAt(said, path)), ...remotes].filter(
    (id): id is string => id !== undefined,
  );
}

function describe({ id, said, goneAt }: Thing): JsonObject {
  return {
    id,
    crn: `crn:${id}`,
    ...said,
    ...(goneAt === null ? {} : { status: 'deleting', lifecycle_state: 'deleting' }),
  };
}
