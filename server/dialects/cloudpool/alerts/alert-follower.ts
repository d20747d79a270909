import { machineIdOf } from '@poolkeeper/core';
import type { Json, JsonObject, Secret, World, WorldEvent } from '@poolkeeper/core';
import type { Keeper } from '../../../keeper/contract.ts';
import type { Logger } from '../../../logger.ts';
import type { CancelTimer, Clock, Timers } from '../../../timers.ts';
import { alertDocument } from './alert.ts';
import type { Alert } from './alert.ts';
import { createSenders } from './alert-senders.ts';
import { ALERTING_EVENTS, alertsOfEvent, textsOf } from './alerts-of-event.ts';
import { Deliveries } from './deliveries.ts';
import { MachineNames } from './machine-names.ts';
import { PoolAlerters } from './pool-alerters.ts';
import type { PoolAlerter } from './pool-alerters.ts';
import { Terminations } from './terminations.ts';
import type { PoolAlert } from './terminations.ts';

/** Events that wait to be looked at, and that are looked at together. */
const WAITING_EVENTS_MAX = 10_000;
const TURN_EVENTS_MAX = 200;
/** Members that an alert shows. */
const MEMBERS_MAX = 1_000;

export type AlertFollowerParts = {
  readonly keeper: Pick<Keeper, 'read' | 'subscribe'>;
  /** Errors: an error that says why it cannot be opened, and nothing of what is in it. */
  readonly openSecret: (secret: Secret) => string;
  /** The first members of a pool, at most so many, as its machine pool shows them. */
  readonly viewMembers: (world: World, pool: string, limit: number) => readonly JsonObject[];
  /** Which process alerts: `number@host`. */
  readonly processName: string;
  readonly version: string;
  readonly authorities?: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
};

/**
 * Alerts those whom configurations of cloud pools name of what happens in these pools. Nothing waits for it, and nothing of the
 * world hangs on it: alerts that wait when the server stops are not sent.
 */
export class AlertFollower implements AsyncDisposable {
  readonly #parts: AlertFollowerParts;
  readonly #deliveries: Deliveries;
  readonly #alerters: PoolAlerters;
  readonly #names = new MachineNames();
  readonly #terminations = new Terminations();
  #waiting: WorldEvent[] = [];
  #droppedCount = 0;
  #turn: Promise<void> | undefined;
  #isStopped = false;
  #cancelDue: CancelTimer = () => {};
  readonly #unsubscribe: () => void;

  constructor(parts: AlertFollowerParts) {
    this.#parts = parts;
    this.#deliveries = new Deliveries(parts);
    this.#alerters = new PoolAlerters({
      ...parts,
      createSenders: (settings) => createSenders(parts, settings),
    });
    this.#unsubscribe = parts.keeper.subscribe((events) => this.#take(events));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#cancelDue();
    this.#waiting = [];
    await this.#turn;
    await this.#deliveries[Symbol.asyncDispose]();
  }

  #take(events: readonly WorldEvent[]): void {
    for (const event of events) {
      if (!ALERTING_EVENTS.has(event.type)) continue;
      if (this.#waiting.length < WAITING_EVENTS_MAX) this.#waiting.push(event);
      else this.#droppedCount += 1;
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#turn !== undefined || this.#isStopped || this.#waiting.length === 0) return;
    this.#turn = this.#work().finally(() => {
      this.#turn = undefined;
      this.#wake();
    });
  }

  async #work(): Promise<void> {
    const { logger, keeper } = this.#parts;
    const events = this.#waiting.splice(0, TURN_EVENTS_MAX);
    if (this.#droppedCount > 0) {
      logger.warn(
        { droppedCount: this.#droppedCount },
        'too much happened at once: some of it was alerted to nobody',
      );
      this.#droppedCount = 0;
    }
    try {
      const seen = await keeper.read((world) => this.#look(world, events));
      await this.#tell(seen.flatMap((one) => this.#alertsOf(one)));
    } catch (error) {
      // The world is being loaded, or is leaving.
      logger.warn({ err: error, events: events.length }, 'what happened could be alerted to nobody');
    }
  }

  /** Which pools that are alerted about the events are of, and what their machines are called. */
  #look(world: World, events: readonly WorldEvent[]): readonly Seen[] {
    this.#names.learn(events, (resource) => {
      const found = world.resources.get(resource);
      return found === undefined ? undefined : machineIdOf(found);
    });
    this.#alerters.follow(world);
    return events.flatMap((event) => {
      const pool = event.pool ?? upkeepPool(world, event.data);
      const alerter = pool === null ? undefined : this.#alerters.find(world, pool);
      if (pool === null || alerter === undefined) return [];
      return [{ event, pool, alerter, machine: this.#names.find(event) }];
    });
  }

  #alertsOf({ event, pool, alerter, machine }: Seen): readonly PoolAlert[] {
    const alerts = alertsOfEvent({ event, pool: alerter.name, machine });
    const told = alerts.map((alert) => ({ pool, alert }));
    const { type, at, data } = event;
    if (type === 'upkeep.round_ended') {
      const machines = textsOf(data['terminating']);
      const count = typeof data['terminatingCount'] === 'number' ? data['terminatingCount'] : 0;
      return [...told, ...this.#terminations.begin(pool, { machines, count, at })];
    }
    if (machine === null) return told;
    // Its end is proven before its cloud lists it no more.
    const hasEnded = type === 'resource.gone' || (type === 'resource.observed' && data['ended'] === true);
    if (hasEnded) return [...told, ...this.#terminations.take(pool, machine, null)];
    if (type !== 'job.failed' || data['kind'] !== 'destroy') return told;
    const error = typeof data['error'] === 'string' ? data['error'] : 'it failed';
    return [...told, ...this.#terminations.take(pool, machine, error)];
  }

  async #tell(alerts: readonly PoolAlert[]): Promise<void> {
    this.#watchTerminations();
    if (alerts.length === 0) return;
    const pools = new Set(alerts.filter(({ alert }) => alert.showsMembers).map(({ pool }) => pool));
    const { keeper, viewMembers, clock } = this.#parts;
    const { members, alerters } = await keeper.read((world) => ({
      members: new Map([...pools].map((pool) => [pool, viewMembers(world, pool, MEMBERS_MAX)])),
      alerters: new Map(alerts.map(({ pool }) => [pool, this.#alerters.find(world, pool)])),
    }));
    for (const { pool, alert } of alerts) {
      const alerter = alerters.get(pool);
      const shown = alert.showsMembers ? { poolMembers: (members.get(pool) ?? []).map(shortMember) } : {};
      const metadata: Record<string, Json> = { ...alert.metadata, ...shown };
      if (alerter?.suppression.admit({ ...alert, metadata }, clock.now()) === true)
        this.#send(pool, alerter, { ...alert, metadata });
    }
  }

  #send(pool: string, { name, senders, generation }: PoolAlerter, alert: Alert): void {
    const standard = { cloudPoolName: name, jvmId: this.#parts.processName };
    const body = JSON.stringify(alertDocument(alert, standard));
    senders.forEach((sender, index) => {
      if (!sender.severities.includes(alert.severity)) return;
      this.#deliveries.push({
        lane: `${pool} ${generation} ${index}`,
        pool,
        receiver: sender.name,
        bytes: Buffer.byteLength(body),
        send: (signal) => sender.send(body, signal),
      });
    });
  }

  /** Updates whose terminations come to no end are told of all the same. */
  #watchTerminations(): void {
    const { clock, timers, logger } = this.#parts;
    this.#cancelDue();
    const { dueAt } = this.#terminations;
    if (dueAt === undefined || this.#isStopped) return;
    this.#cancelDue = timers.set(dueAt - clock.now(), () => {
      this.#tell(this.#terminations.takeDue(clock.now())).catch((error: unknown) =>
        logger.warn({ err: error }, 'what happened could be alerted to nobody'),
      );
    });
  }
}

type Seen = {
  readonly event: WorldEvent;
  readonly pool: string;
  readonly alerter: PoolAlerter;
  readonly machine: string | null;
};

/** The pool of an event that names its upkeep alone. */
function upkeepPool(world: World, { upkeep, name }: JsonObject): string | null {
  const named = typeof upkeep === 'string' ? upkeep : name;
  return typeof named === 'string' ? (world.upkeeps.get(named)?.pool ?? null) : null;
}

/** A member without its cloud's own description, which is long. */
function shortMember(member: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(member).filter(([name]) => name !== 'metadata'));
}
