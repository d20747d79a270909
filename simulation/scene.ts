import type { VirtualTime } from '../server/virtual-time.ts';
import type { Bank } from './accounts/bank.ts';
import type { ShowCredentials } from './accounts/show-credentials.ts';
import type { Chance } from './chance.ts';
import type { AccountsCheck } from './checks/accounts-check.ts';
import type { History } from './checks/history.ts';
import type { Mirror } from './checks/mirror.ts';
import type { RunsCheck } from './checks/runs-check.ts';
import type { StagesCheck } from './checks/stages-check.ts';
import type { Turns } from './checks/turns.ts';
import type { TurnoversCheck } from './checks/turnovers-check.ts';
import type { Places } from './life.ts';
import type { Machine } from './machine.ts';
import type { Plan } from './plan.ts';
import type { Report } from './report.ts';
import type { Site } from './site.ts';
import type { SimClock } from './sim-clock.ts';
import type { Trace } from './trace.ts';

/** Everything that those who act in one run share. */
export type Scene = {
  readonly plan: Plan;
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly clock: SimClock;
  readonly places: Places;
  /** Where steps do their work. */
  readonly site: Site;
  /** Where the accounts are. */
  readonly bank: Bank;
  /** How the server shows the credentials of a lease. */
  readonly showCredentials: ShowCredentials;
  readonly machine: Machine;
  /** What is in the store, and what happened according to it. */
  readonly mirror: Mirror;
  readonly history: History;
  readonly runs: RunsCheck;
  readonly turnovers: TurnoversCheck;
  readonly stages: StagesCheck;
  readonly turns: Turns;
  readonly accounts: AccountsCheck;
  readonly trace: Trace;
  readonly report: Report;
};
