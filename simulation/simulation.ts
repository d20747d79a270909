import { checkWorld } from '@poolkeeper/core';
import { VirtualTime } from '../server/virtual-time.ts';
import { accountPool } from './accounts/draw-accounts.ts';
import { AccountCrowd } from './accounts/account-crowd.ts';
import { Bank } from './accounts/bank.ts';
import { PLAIN_CREDENTIALS } from './accounts/plain-credentials.ts';
import { showCredentials } from './accounts/show-credentials.ts';
import { Chance } from './chance.ts';
import { AccountsCheck } from './checks/accounts-check.ts';
import { checkAlive } from './checks/alive.ts';
import { checkAtRest, checkDeadlines } from './checks/at-rest.ts';
import { History } from './checks/history.ts';
import { Mirror } from './checks/mirror.ts';
import { RunsCheck } from './checks/runs-check.ts';
import { findUnsettled } from './checks/settled.ts';
import { StagesCheck } from './checks/stages-check.ts';
import { TurnoversCheck } from './checks/turnovers-check.ts';
import { Turns } from './checks/turns.ts';
import { Client } from './client.ts';
import { Cluster, documentsOf } from './cluster/cluster.ts';
import { LoneMachine } from './machine.ts';
import type { MachineInput } from './machine.ts';
import { Operator } from './operator.ts';
import { Outside } from './outside.ts';
import { drawPlan } from './plan.ts';
import type { StepKind } from './plan.ts';
import type { Plant } from './plant.ts';
import type { Finding, Report } from './report.ts';
import type { Scene } from './scene.ts';
import { Site } from './site.ts';
import { Caretakers } from './stages/caretakers.ts';
import { JANITOR } from './stages/draw-stages.ts';
import { StageClient } from './stages/stage-client.ts';
import { SimClock } from './sim-clock.ts';
import { FAIR_MOOD } from './sim-call.ts';
import { Trace } from './trace.ts';
import { Weather } from './weather.ts';

export const STEPS_USUAL = 300;
/** How long a request may stay open while a process serves, in milliseconds: the store fails and recovers in less. */
const ANSWER_MS_MAX = 120_000;
/** How long all may take to come to rest after the last fault, in milliseconds, and how often that is looked at. */
const SETTLE_MS_MAX = 1_800_000;
const SETTLE_LOOK_MS = 4_000;
/** How long queued leases are served one after another before an operator ends what is left of them, in milliseconds. */
const QUEUE_MS_MAX = 900_000;

/** What holders do beside the step. */
const BUSTLE = { ask: 5, release: 4, retry: 1, wait: 1, beat: 1 } as const;

export type RunInput = {
  readonly seed: number;
  readonly steps: number;
  readonly plant?: Plant;
  /** Hears every line of the trace. */
  readonly echo?: (line: string) => void;
};

export type RunResult = {
  readonly seed: number;
  /** The step after which the finding was made; all of them, where there is none. */
  readonly step: number;
  readonly finding: Finding | undefined;
  readonly hash: string;
  readonly tail: readonly string[];
  readonly granted: number;
  readonly events: number;
};

/** Runs one seed until a finding or the end. The same input gives the same result, hash included. */
export async function runSeed(input: RunInput): Promise<RunResult> {
  const run = new Run(input);
  const unhandled = (error: unknown): void => run.report('no-defect', `nobody handles ${describe(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    await run.toEnd();
    // All of the run happens within promises; the runtime tells of those that nobody handles when it gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
    return run.result();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

class Run {
  readonly #input: RunInput;
  readonly #chance: Chance;
  readonly #trace: Trace;
  readonly #scene: Scene;
  readonly #clients: Client[];
  readonly #stageClients: StageClient[];
  readonly #caretakers: Caretakers;
  readonly #accounts: AccountCrowd;
  readonly #operator: Operator;
  readonly #weather: Weather;
  #finding: Finding | undefined;
  #step = 0;
  /** Which state of which memory was looked at last; one that did not change is not looked at again. */
  #lookedAt = '';
  /** The same of memory and store at rest. */
  #restedAt = '';

  constructor(input: RunInput) {
    this.#input = input;
    this.#chance = new Chance(input.seed, 'run');
    this.#trace = new Trace(input.echo);
    this.#scene = this.#createScene();
    this.#clients = Array.from(
      { length: this.#scene.plan.clients },
      (_, index) => new Client(index + 1, this.#scene),
    );
    this.#operator = new Operator(this.#scene);
    this.#weather = new Weather(this.#scene);
    this.#stageClients = this.#scene.plan.stageUsers.map((holder) => new StageClient(holder, this.#scene));
    this.#caretakers = new Caretakers(this.#scene);
    this.#accounts = new AccountCrowd(this.#scene);
  }

  async toEnd(): Promise<void> {
    const { plan, machine } = this.#scene;
    await this.#setUp();
    const chance = this.#chance.fork('steps');
    while (this.#step < this.#input.steps && this.#finding === undefined) {
      this.#step += 1;
      const kind = chance.weigh(plan.weights);
      const passMs = chance.is(0.2) ? 0 : chance.int(0, plan.stepMs);
      this.#trace.add(`step ${this.#step}: ${kind}, ${passMs} ms`);
      if (machine.isShort && chance.is(0.6)) await machine.start();
      await this.#take(kind);
      for (let more = chance.int(0, plan.bustle); more > 0; more -= 1) await this.#take(chance.weigh(BUSTLE));
      await this.#pass(passMs);
    }
    if (this.#finding === undefined) await this.#settle();
    await this.#scene.turnovers.compare(await machine.openStore());
    await machine.end();
  }

  result(): RunResult {
    const { counts, lastSeq } = this.#scene.history;
    this.#trace.add(`end: ${lastSeq} events, ${JSON.stringify(counts)}`);
    return {
      seed: this.#input.seed,
      step: this.#step,
      finding: this.#finding,
      hash: this.#trace.hash(),
      tail: this.#trace.tail,
      granted: counts.granted,
      events: counts.events,
    };
  }

  /** Only the first word of a run counts: what comes after it may follow from it. */
  report(invariant: string, detail: string): void {
    this.#finding ??= { invariant, detail };
  }

  #createScene(): Scene {
    const report: Report = (invariant, detail) => this.report(invariant, detail);
    const plan = drawPlan(this.#chance.fork('plan'), {
      special: new Chance(this.#input.seed, 'special'),
      isShared: this.#input.plant?.isOfReplicas,
    });
    const time = new VirtualTime(1_700_000_000_000);
    const clock = new SimClock(time);
    const trace = this.#trace;
    const mirror = new Mirror(report);
    const history = new History(plan, mirror, report);
    const site = new Site();
    const runs = new RunsCheck({ mirror, site, report });
    const turnovers = new TurnoversCheck({ plan, mirror, site, report });
    const stages = new StagesCheck({ holders: [...plan.stageUsers, JANITOR], mirror, history, report });
    const turns = new Turns({ time, clock, report });
    const bank = new Bank();
    const open = (resource: string, sealed: string) => PLAIN_CREDENTIALS.open(resource, 'current', sealed);
    const accounts = new AccountsCheck({ bank, mirror, open, report });
    const places = new Map(
      ['hand', 'cloud', 'vendor', ...(plan.accounts.length === 0 ? [] : [accountPool.provider])].map(
        (name) => [
          name,
          {
            makes: name === 'cloud' || name === 'vendor',
            endsWithServer: name === plan.endsWithServer,
            outside: new Outside(),
            mood: FAIR_MOOD,
          },
        ],
      ),
    );
    const chance = this.#chance.fork('scene');
    const input: MachineInput = {
      time,
      clock,
      chance: this.#chance.fork('machine'),
      places,
      site,
      bank,
      begun: (call) => {
        trace.add(`step ${call.step} of ${call.run} on ${call.resource.id} under ${call.idempotencyKey}`);
        runs.begun(call);
      },
      report,
      plant: this.#input.plant,
      watch: {
        written: (batch) => {
          for (const event of batch.events)
            trace.add(`event ${event.seq} at ${event.at}: ${event.type} ${JSON.stringify(event)}`);
          checkAlive({ mirror, places, report }, batch);
          history.take(batch);
          runs.take(batch);
          turnovers.take(batch);
          stages.take(batch);
          accounts.take(batch);
          mirror.take(batch);
        },
        loaded: (meta, documents) => mirror.compareLoaded(meta, documents),
      },
      outcome: (job, outcome) => this.#weather.keep(job, outcome),
      acknowledged: (seq) => history.acknowledge(seq),
    };
    const machine =
      plan.replicas === 1 ? new LoneMachine(input, trace) : new Cluster(input, trace, plan.replicas);
    return {
      plan,
      chance,
      time,
      clock,
      places,
      site,
      bank,
      showCredentials:
        this.#input.plant?.show?.(showCredentials, chance.fork('plant show')) ?? showCredentials,
      machine,
      mirror,
      history,
      runs,
      turnovers,
      stages,
      turns,
      accounts,
      trace,
      report,
    };
  }

  async #setUp(): Promise<void> {
    const { machine, time } = this.#scene;
    await machine.start();
    await time.advance(100);
    this.#operator.setUp();
    if (this.#scene.plan.types.length > 0) this.#caretakers.setUp();
    if (this.#scene.plan.accounts.length > 0) this.#accounts.setUp();
    await time.advance(1_000);
  }

  async #take(kind: StepKind): Promise<void> {
    const { machine } = this.#scene;
    const client = this.#chance.pick(this.#clients);
    switch (kind) {
      case 'ask':
      case 'retry':
      case 'wait':
      case 'beat':
      case 'renew':
      case 'release':
      case 'look':
      case 'forget':
        return client[kind]();
      case 'take':
      case 'takeNamed':
      case 'note':
      case 'putBack':
      case 'lose':
        return this.#chance.pick(this.#stageClients)[kind]();
      case 'janitor':
      case 'reaper':
      case 'sync':
        return this.#caretakers[kind]();
      case 'credentials':
      case 'lateUse':
      case 'account':
        return this.#accounts[kind]();
      case 'pool':
      case 'reshape':
      case 'register':
      case 'resource':
      case 'relabel':
      case 'token':
        return this.#operator[kind]();
      case 'workflow':
      case 'approve':
        return this.#operator[kind]();
      case 'operatorEnd':
        return this.#operator.endLease();
      case 'thing':
      case 'mood':
      case 'storeMood':
      case 'clock':
      case 'echo':
        return this.#weather[kind]();
      case 'crash':
        return machine.crash();
      case 'restart':
        return machine.stop();
      case 'takeOver':
        return machine.takeOver();
      case 'idle':
        return machine.endDeposed();
    }
  }

  /** Lets time pass, and looks at everything. */
  async #pass(durationMs: number): Promise<void> {
    const { machine, time, history, mirror, runs, report } = this.#scene;
    await time.advance(durationMs);
    machine.check();
    const overdue = machine.life?.findOverdue(ANSWER_MS_MAX);
    if (overdue !== undefined)
      report('answered', `${overdue.what} is open since ${time.now() - overdue.since} ms`);
    const world = machine.world();
    if (world === undefined || machine.life === undefined) return;
    if (machine.isAtRest()) {
      const resting = `${machine.life.number}:${machine.life.changes}:${mirror.changes}`;
      if (resting !== this.#restedAt) checkAtRest(this.#scene, world);
      this.#restedAt = resting;
      checkDeadlines(this.#scene, machine.life.keeper.now());
      runs.checkAtRest();
      if (machine.life.nextPublished !== history.lastSeq + 1) {
        report(
          'feed-is-complete',
          `event ${history.lastSeq} is in the store, and ${machine.life.nextPublished} was not published`,
        );
      }
      for (const wait of this.#clients.flatMap((client) => [...client.waits])) {
        const status = mirror.documents.lease.get(wait.lease)?.status ?? 'ended';
        if (wait.keeper === machine.life.keeper && status !== 'queued' && status !== 'preparing')
          report('waiter-is-woken', `somebody still waits for ${wait.lease}, which is ${status}`);
      }
    }
    const looked = `${machine.life.number}:${machine.life.changes}`;
    if (looked === this.#lookedAt) return;
    this.#lookedAt = looked;
    for (const { invariant, detail } of checkWorld(world)) report(invariant, detail);
  }

  /** Faults stop and everybody falls silent: what is held expires, and all has to come to rest. */
  async #settle(): Promise<void> {
    const { machine, report } = this.#scene;
    this.#trace.add('faults stop');
    await machine.endDeposed();
    let open: string | undefined = 'nothing has started';
    for (let tookMs = 0; this.#finding === undefined; tookMs += SETTLE_LOOK_MS) {
      if (tookMs > SETTLE_MS_MAX) return report('settles', `after ${tookMs} ms without faults: ${open}`);
      if (machine.isShort) await machine.start();
      this.#weather.clearUp();
      await this.#pass(SETTLE_LOOK_MS);
      const world = machine.world();
      open = world === undefined ? `the machine is ${machine.state}` : findUnsettled(this.#scene, world);
      if (open === undefined && machine.isAtRest()) return this.#compareFollowers();
      this.#operator.tidyUp();
      this.#caretakers.tidyUp();
      this.#accounts.tidyUp();
      if (tookMs > QUEUE_MS_MAX) this.#operator.endAll();
    }
  }

  /** Who follows knows what is in the store, and has derived from it what the core derives. */
  async #compareFollowers(): Promise<void> {
    const { machine, mirror, report } = this.#scene;
    await this.#pass(SETTLE_LOOK_MS);
    for (const { name, world } of machine.followed()) {
      mirror.compareFollowed(name, documentsOf(world));
      for (const { invariant, detail } of checkWorld(world)) report(invariant, `${name}: ${detail}`);
    }
  }
}
