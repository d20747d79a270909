import { LeaseTable } from '../peer/lease-table.ts';
import type { PeerMode } from '../peer/lease-table.ts';
import { serveLoad } from './run-load.ts';

export type TableLoadInput = {
  readonly url: string;
  readonly mode: PeerMode;
  readonly connections: number;
  readonly pool: string;
  readonly arch: string;
  /** Callers that acquire and release one after another. */
  readonly callers: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
};

export type TableLoadOutput = { readonly requestsPerSecond: number };

/** Acquires and releases by the tables themselves, without HTTP. Errors: when nothing is free, or a release finds no lease. */
serveLoad(async (input: TableLoadInput): Promise<TableLoadOutput> => {
  await using table = new LeaseTable(input);
  const from = performance.now() + input.warmUpMs;
  const to = from + input.measureMs;
  let requests = 0;
  const count = (): void => {
    const now = performance.now();
    if (now >= from && now < to) requests += 1;
  };
  const call = async (): Promise<void> => {
    while (performance.now() < to) {
      const lent = await table.acquire({ pool: input.pool, arch: input.arch, holder: 'bench-load' });
      if (lent === undefined) throw new Error('nothing is free');
      count();
      if (!(await table.release(lent.id))) throw new Error(`there is no lease ${lent.id}`);
      count();
    }
  };
  await Promise.all(Array.from({ length: input.callers }, call));
  return { requestsPerSecond: (requests * 1_000) / input.measureMs };
});
