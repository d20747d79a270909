import { Refusal } from '@poolkeeper/core';
import type { LeaseRequested, RequestLease, TokenQuota } from '@poolkeeper/core';
import { shownEnded, shownLease } from './checks/shown.ts';
import type { WorldKeeper } from '../server/keeper/keeper.ts';
import type { Chance } from './chance.ts';
import { drawRequest } from './draw-request.ts';
import type { Scene } from './scene.ts';

/** Requests that one client keeps in mind. */
const REQUESTS_MAX = 4;

/** A request that the client made: what it knows of it, and who waits for it. */
export type Wish = {
  readonly command: RequestLease;
  lease: string | null;
  /** `open`: no answer came yet, or it got lost. */
  state: 'open' | 'asking' | 'known' | 'releasing' | 'released';
};

/** Somebody who waits until a lease is granted, and the keeper that was asked, once it heard. */
export type Wait = { readonly lease: string; keeper: WorldKeeper | undefined };

/** One holder's program: it asks, waits, beats, renews and releases; it loses answers, repeats itself, and falls silent. */
export class Client {
  readonly name: string;
  readonly #holder: { readonly name: string; readonly quota: TokenQuota };
  readonly #scene: Scene;
  readonly #chance: Chance;
  readonly wishes: Wish[] = [];
  readonly waits = new Set<Wait>();
  #requests = 0;

  constructor(number: number, scene: Scene) {
    this.name = `client ${number}`;
    this.#scene = scene;
    this.#chance = scene.chance.fork(this.name);
    this.#holder = this.#chance.pick(scene.plan.holders);
  }

  ask(): void {
    if (this.wishes.length >= REQUESTS_MAX) {
      const over = this.wishes.findIndex(({ state }) => state === 'released');
      this.wishes.splice(Math.max(0, over), 1);
    }
    this.#requests += 1;
    const { name: holder, quota } = this.#holder;
    const key = `${this.name}/${this.#requests}`;
    const command = drawRequest(this.#chance, this.#scene.plan, { holder, quota, key });
    const wish: Wish = { command, lease: null, state: 'open' };
    this.wishes.push(wish);
    this.#send(wish);
  }

  /** Repeats a request whose answer did not come; where it had no key, it is given up. */
  retry(): void {
    const wish = this.#chance.find(
      this.wishes.filter(
        ({ command, state }) => state === 'open' || (state !== 'asking' && command.idempotency),
      ),
    );
    if (wish === undefined) return;
    const { idempotency } = wish.command;
    if (idempotency === undefined) this.#forget(wish);
    else if (this.#chance.is(0.9)) this.#send(wish);
    else
      this.#reuseKey({ ...wish.command, idempotency: { ...idempotency, fingerprint: 'of another request' } });
  }

  /** Another request under a key that was used: it must not make a second lease. */
  #reuseKey(command: RequestLease): void {
    this.#call('reuse of a key', (keeper) => keeper.ask(command), { answered: () => {} });
  }

  /** A long poll, and then a look at the lease. */
  wait(): void {
    const lease = this.#pickLease();
    if (lease === null) return;
    const wait: Wait = { lease, keeper: undefined };
    const waitMs = this.#chance.pick([1_000, 20_000, 60_000]);
    this.waits.add(wait);
    const until = (keeper: WorldKeeper): Promise<void> => {
      wait.keeper = keeper;
      return keeper.untilGranted(lease, waitMs);
    };
    this.#call('wait', until, {
      isPatient: true,
      answered: () => this.#look(lease),
      anyway: () => void this.waits.delete(wait),
    });
  }

  beat(): void {
    const lease = this.#pickLease();
    if (lease === null) return;
    const asHolder = this.#holder.name;
    this.#call('beat', (keeper) => keeper.ask({ type: 'heartbeatLease', lease, asHolder }), {
      answered: (live) => shownLease(this.#scene, live),
      refused: (refusal) => this.#refused(lease, refusal),
    });
  }

  renew(): void {
    const lease = this.#pickLease();
    if (lease === null) return;
    const { name: asHolder, quota } = this.#holder;
    const durationMs = this.#chance.pick([undefined, 1_000, 15_000, 60_000]);
    const command = {
      type: 'renewLease',
      lease,
      asHolder,
      quota,
      ...(durationMs === undefined ? {} : { durationMs }),
    } as const;
    this.#call('renew', (keeper) => keeper.ask(command), {
      answered: (held) => shownLease(this.#scene, held),
      refused: (refusal) => this.#refused(lease, refusal),
    });
  }

  /** Ends a lease; at times one that it released before, as a program does that lost the answer. */
  release(): void {
    const isAgain = this.#chance.is(0.15);
    const known = this.wishes.filter(({ state }) =>
      isAgain ? state === 'released' : state === 'known' || state === 'releasing',
    );
    const held = known.filter(({ lease }) => this.#scene.history.tale(lease ?? '')?.status === 'active');
    const wish = this.#chance.find(held.length > 0 && this.#chance.is(0.8) ? held : known);
    const lease = wish?.lease ?? null;
    if (wish === undefined || lease === null) return this.ask();
    wish.state = 'releasing';
    this.#call('release', (keeper) => keeper.ask({ type: 'endLease', lease, asHolder: this.#holder.name }), {
      answered: (ended) => {
        shownEnded(this.#scene, lease, ended);
        wish.state = 'released';
        this.#lookAtEnded(lease);
      },
      refused: (refusal) => {
        this.#refused(lease, refusal);
        wish.state = 'released';
      },
    });
  }

  look(): void {
    const lease = this.#pickLease();
    if (lease !== null) this.#look(lease);
  }

  /** Falls silent about one lease: its time or its heartbeat has to end it. */
  forget(): void {
    const wish = this.#chance.find(this.wishes);
    if (wish !== undefined) this.#forget(wish);
  }

  #forget(wish: Wish): void {
    this.wishes.splice(this.wishes.indexOf(wish), 1);
  }

  #pickLease(): string | null {
    return (
      this.#chance.find(this.wishes.filter(({ lease, state }) => lease !== null && state !== 'released'))
        ?.lease ?? null
    );
  }

  #send(wish: Wish): void {
    wish.state = 'asking';
    const reopen = (): void => {
      if (wish.state === 'asking') wish.state = 'open';
    };
    this.#call('request', (keeper) => keeper.ask(wish.command), {
      answered: (answer) => this.#take(wish, answer),
      refused: ({ code }) => {
        this.#forget(wish);
        if (code === 'over_quota' && this.wishes.length > 0) this.release();
      },
      lost: reopen,
    });
  }

  #take(wish: Wish, { id, lease, isRepeated }: LeaseRequested): void {
    wish.lease = id;
    wish.state = 'known';
    const { report, history } = this.#scene;
    const tale = history.tale(id);
    if (tale === undefined)
      return report(
        'shown-is-durable',
        `${this.name} was answered lease ${id}, of which nothing is in the store`,
      );
    if (lease !== undefined) shownLease(this.#scene, lease);
    else if (tale.status !== 'ended')
      report(
        'shown-is-durable',
        `${this.name} was told that ${id} is over; in the store it is ${tale.status}`,
      );
    const isOwn = tale.holder === wish.command.holder && tale.note === (wish.command.note ?? '');
    if (!isOwn)
      report(
        'one-lease-per-key',
        `${this.name} asked with ${wish.command.note} and was answered ${id}, which is another's (${String(isRepeated)})`,
      );
  }

  #refused(lease: string, refusal: Refusal): void {
    const tale = this.#scene.history.tale(lease);
    if (refusal.code === 'lease_not_found' && tale?.status !== 'ended') {
      this.#scene.report(
        'shown-is-durable',
        `${this.name} was told that there is no ${lease}; in the store it is ${tale?.status}`,
      );
    }
  }

  #look(id: string): void {
    const { acknowledged } = this.#scene.history;
    this.#call(
      'look',
      (keeper) => keeper.read((world) => ({ lease: world.leases.get(id), eventSeq: world.meta.eventSeq })),
      {
        answered: ({ lease, eventSeq }) => {
          const { report, history } = this.#scene;
          if (eventSeq < acknowledged)
            report(
              'read-is-current',
              `a read saw event ${eventSeq}; ${acknowledged} was known before it began`,
            );
          if (eventSeq > history.lastSeq)
            report('shown-is-durable', `a read saw event ${eventSeq}; ${history.lastSeq} are in the store`);
          if (lease !== undefined) return shownLease(this.#scene, lease);
          const tale = history.tale(id);
          if (tale?.status !== 'ended')
            report('shown-is-durable', `a read found no lease ${id}; in the store it is ${tale?.status}`);
          else this.#lookAtEnded(id);
        },
      },
    );
  }

  #lookAtEnded(id: string): void {
    this.#call('look at ended', (keeper) => keeper.findEndedLease(id), {
      answered: (ended) => {
        if (ended === undefined)
          this.#scene.report('shown-is-durable', `lease ${id} ended and is not in the history`);
        else shownEnded(this.#scene, id, ended);
      },
    });
  }

  /**
   * Sends something and takes the answer, unless it gets lost: then `lost` is told, as when the process dies.
   * `refused`: the keeper said no.
   */
  #call<T>(
    what: string,
    ask: (keeper: WorldKeeper) => Promise<T>,
    on: {
      answered: (answer: T) => void;
      refused?: (refusal: Refusal) => void;
      lost?: () => void;
      anyway?: () => void;
      isPatient?: boolean;
    },
  ): void {
    const { machine, trace, plan } = this.#scene;
    const isLost = this.#chance.is(plan.lost);
    machine.call(`${this.name}: ${what}`, ask, on.isPatient).then(
      (answer) => {
        on.anyway?.();
        trace.add(`${this.name}: ${what} ${isLost ? 'answer lost' : 'answered'}`);
        if (isLost) on.lost?.();
        else on.answered(answer);
      },
      (error: Error) => {
        on.anyway?.();
        const isNo = error instanceof Refusal && error.kind !== 'unavailable';
        trace.add(`${this.name}: ${what} ${error instanceof Refusal ? error.code : error.name}`);
        if (isNo && !isLost) on.refused?.(error);
        else on.lost?.();
      },
    );
  }
}
