import type { Logger } from '../../logger.ts';
import type { Clock, Random, Timers } from '../../timers.ts';
import type { PortRange } from './free-port.ts';
import type { ProcessTable } from './process-table.ts';

/** Where processes listen: on this machine, for this machine. */
export const HOST = '127.0.0.1';

/** What all parts of one process provider share. Paths are absolute. */
export type ProcessContext = {
  readonly name: string;
  /** Holds a folder for each resource. */
  readonly root: string;
  /** Tells processes of this root from those of every other one. */
  readonly instance: string;
  readonly baseDirectory: string;
  readonly configDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly ports: PortRange;
  readonly stopOnDispose: boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly table: ProcessTable;
  /** Called when a process that this server started ended. */
  readonly noteChange: () => void;
};
