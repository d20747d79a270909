import { Refusal } from '@poolkeeper/core';
import type { Command, ReplyTo, Resource, World } from '@poolkeeper/core';
import type { Chance } from '../chance.ts';
import type { ShownKey } from '../checks/accounts-check.ts';
import { LABELS } from '../plan.ts';
import type { Scene } from '../scene.ts';
import { askAs } from '../stages/ask-as.ts';
import { accountPool } from './draw-accounts.ts';
import { PLAIN_CREDENTIALS } from './plain-credentials.ts';

/** Keys that somebody still tries, of those that were shown: the last few. */
const SHOWN_USED_MAX = 8;

/** Whoever has to do with accounts: holders who read what they may use them with, at any time; those who use it too late; an operator. */
export class AccountCrowd {
  readonly #scene: Scene;
  readonly #chance: Chance;
  #registered = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#chance = scene.chance.fork('accounts');
  }

  setUp(): void {
    const { provider, name, on } = accountPool;
    const spec = { name: provider, driver: 'simulated', makes: false, options: {} };
    this.#send({ type: 'putProvider', spec });
    for (const workflow of accountPool.workflows) this.#send({ type: 'putWorkflow', spec: workflow });
    this.#send({
      type: 'putPool',
      name,
      merge: false,
      spec: { provider, kind: 'account', on, lease: { defaultMs: 10_000, maxMs: 90_000, queue: 'fifo' } },
    });
    this.account();
  }

  /** Somebody reads the credentials of a lease: its holder or not, now or at the very instant at which it is over. */
  credentials(): void {
    const { history, time, machine } = this.#scene;
    const all = history.live.filter(({ items }) => items.some(({ pool }) => pool === accountPool.name));
    const active = all.filter(({ status }) => status === 'active');
    const tale = this.#chance.find(active.length > 0 && this.#chance.is(0.9) ? active : all);
    if (tale === undefined) return;
    const holder = this.#chance.is(0.85) ? tale.holder : 'somebody else';
    const now = machine.life?.keeper.now() ?? 0;
    const isLate = tale.status === 'active' && this.#chance.is(0.5);
    time.set(isLate ? Math.max(0, tale.expiresAt - now) : 0, () => this.#read(tale.id, holder));
  }

  /** Uses a key that somebody was shown, whether or not he may still do so. */
  lateUse(): void {
    const { accounts, bank, trace } = this.#scene;
    const key = this.#chance.find(accounts.shown.slice(-SHOWN_USED_MAX));
    if (key === undefined) return;
    const works = bank.use(key.account, key.secret, this.#chance.is(0.3));
    trace.add(`the key of ${key.lease} to ${key.account} ${works ? 'works' : 'does not work'}`);
  }

  /** An operator registers what is missing, gives it its credentials, and has what was stopped go on. */
  account(): void {
    const members = this.#members();
    for (const name of this.#scene.plan.accounts)
      if (!members.some((resource) => resource.name === name)) this.#register(name);
    for (const resource of members) {
      if (!this.#scene.mirror.documents.credential.has(resource.id)) this.#equip(resource);
      else if (resource.hold !== null || resource.status === 'quarantined')
        this.#act(resource, resource.hold !== null && this.#chance.is(0.2) ? 'quarantine' : 'retry');
    }
    const one = this.#chance.find(members);
    if (one !== undefined && this.#chance.is(0.15)) this.#act(one, 'quarantine');
  }

  /** Once faults are over: like `account`, and nothing is set aside any more. */
  tidyUp(): void {
    if (this.#scene.plan.accounts.length === 0) return;
    for (const resource of this.#members())
      if (!this.#scene.mirror.documents.credential.has(resource.id)) this.#equip(resource);
      else if (resource.hold !== null) this.#act(resource, this.#chance.is(0.7) ? 'retry' : 'quarantine');
      else if (resource.status === 'quarantined') this.#act(resource, 'retry');
  }

  #members(): Resource[] {
    return [...this.#scene.mirror.documents.resource.values()].filter(
      ({ pool }) => pool === accountPool.name,
    );
  }

  /** With its credentials, or without: then somebody gives them later. */
  #register(name: string): void {
    const id = `res_account${(this.#registered += 1)}`;
    const credentials = this.#sealed({ id, name });
    const given = this.#chance.is(0.8) ? { credentials, by: 'olga' } : {};
    this.#send({ type: 'registerResource', pool: accountPool.name, name, id, labels: LABELS[2], ...given });
  }

  #equip(resource: Resource): void {
    this.#send({ type: 'putCredential', resource: resource.id, sealed: this.#sealed(resource), by: 'olga' });
  }

  #sealed({ id, name }: Pick<Resource, 'id' | 'name'>): { management: string; current: string } {
    const { management, current } = this.#scene.bank.open(name);
    return {
      management: PLAIN_CREDENTIALS.seal(id, 'management', management),
      current: PLAIN_CREDENTIALS.seal(id, 'current', current),
    };
  }

  #act({ id }: Resource, action: 'retry' | 'quarantine'): void {
    this.#send({ type: 'actOnResource', resource: id, action, reason: 'simulated', by: 'olga' });
  }

  /** What is shown is judged as of the instant at which it was read. */
  #read(lease: string, holder: string): void {
    const { machine, trace, report, accounts, bank } = this.#scene;
    let isOwed = false;
    const look = (world: World, now: number): readonly ShownKey[] => {
      const found = world.leases.get(lease);
      const isOwn = found?.status === 'active' && found.holder === holder;
      const isInTime = isOwn && now < Math.min(found.expiresAt, found.heartbeatBy ?? Infinity);
      isOwed = isInTime && found.members.some(({ resource }) => world.credentials.get(resource)?.current);
      const shown = this.#scene.showCredentials(world, { lease, holder, now });
      const keys = shown.map(({ name, values }) => ({
        account: name,
        secret: values['secret'] ?? '',
        lease,
      }));
      if (!isInTime && keys.length > 0)
        report(
          'credential-to-holder',
          `${holder} was shown the credentials of ${lease} at ${now}; ${isOwn ? 'its time is over' : 'it is not his'}`,
        );
      for (const key of keys)
        if (!bank.works(key.account, key.secret))
          report(
            'credential-to-holder',
            `${holder} was shown a key of ${key.account} for ${lease} that does not work`,
          );
      return keys;
    };
    const what = `${holder} reads the credentials of ${lease}`;
    machine
      .call(what, (keeper) => keeper.read((world) => look(world, keeper.now())))
      .then(
        (keys) => {
          for (const key of keys) accounts.note(key);
          trace.add(`${what}: ${keys.map(({ secret }) => secret).join()}`);
        },
        (error: Error) => {
          trace.add(`${what}: ${error instanceof Refusal ? error.code : error.name}`);
          if (isOwed && error instanceof Refusal && error.kind !== 'unavailable')
            report('credential-to-holder', `${what} and is told ${error.code}; they are his`);
        },
      );
  }

  #send<C extends Command>(command: C, answered: (reply: ReplyTo<C>) => void = () => {}): void {
    askAs(this.#scene, { who: 'operator', command, answered });
  }
}
