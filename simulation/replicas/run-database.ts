import { RealPostgresPair } from '../../server/testing/real-postgres-pair.ts';
import { RealPostgres } from '../../server/testing/real-postgres.ts';

/** The database of a run, and what can happen to it. */
export type RunDatabase = AsyncDisposable & {
  /** Of its hosts, in the order in which replicas are told of them. */
  readonly ports: readonly number[];
  readonly name: string;
  stop(): Promise<void>;
  /** Ends it as a loss of power does. */
  kill(): Promise<void>;
  /** Has it serve again: with everything that it acknowledged. */
  comeBack(): Promise<void>;
  freeze(): void;
  thaw(): void;
  query(statement: string): Promise<readonly Record<string, unknown>[]>;
};

/** One server, which comes back as it was. */
export async function openSingle(): Promise<RunDatabase> {
  const server = await RealPostgres.start();
  const name = nameOf(await server.createDatabase());
  return {
    ports: [server.port],
    name,
    stop: () => server.stop('fast'),
    kill: () => server.kill(),
    comeBack: () => server.startAgain(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    query: (statement) => server.query(statement, name),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A primary and its synchronous standby: what comes back after the end of the one is the other. */
export async function openPair(): Promise<RunDatabase> {
  const pair = await RealPostgresPair.start({ isSynchronous: true });
  const name = nameOf(await pair.createDatabase());
  let serving = pair.primary;
  return {
    ports: [pair.primary.port, pair.standby.port],
    name,
    stop: () => serving.stop('fast'),
    kill: () => serving.kill(),
    async comeBack() {
      await pair.standby.promote();
      serving = pair.standby;
    },
    freeze: () => serving.freeze(),
    thaw: () => serving.thaw(),
    query: (statement) => serving.query(statement, name),
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  };
}

/** The last part of a URL, which may name several hosts. */
export function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
