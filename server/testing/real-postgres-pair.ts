import { RealPostgres } from './real-postgres.ts';
import { waitFor } from './wait-for.ts';

const STANDBY = 'second';

/**
 * A streaming pair: a primary, and a standby that follows it. `synchronous`: a commit is answered once the standby has it on its disk.
 */
export class RealPostgresPair implements AsyncDisposable {
  readonly primary: RealPostgres;
  readonly standby: RealPostgres;

  private constructor(primary: RealPostgres, standby: RealPostgres) {
    this.primary = primary;
    this.standby = standby;
  }

  static async start(input: { readonly isSynchronous: boolean }): Promise<RealPostgresPair> {
    const primary = await RealPostgres.start();
    let standby: RealPostgres | undefined;
    try {
      standby = await RealPostgres.startStandby(primary, STANDBY);
      const pair = new RealPostgresPair(primary, standby);
      await waitFor('the standby to follow', () => pair.#isFollowing());
      if (input.isSynchronous) {
        await primary.query(`alter system set synchronous_standby_names = '${STANDBY}'`);
        await primary.query('select pg_reload_conf()');
        await waitFor('the standby to be waited for', async () => (await pair.#syncState()) === 'sync');
      }
      return pair;
    } catch (error) {
      await standby?.[Symbol.asyncDispose]();
      await primary[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A new empty database of both; answers a URL that names both hosts. */
  async createDatabase(): Promise<string> {
    const url = await this.primary.createDatabase();
    const name = new URL(url).pathname.slice(1);
    await waitFor('the standby to have the database', () => this.#hasDatabase(name));
    return this.url(name);
  }

  /** A database of both, by a URL that names both hosts. */
  url(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.primary.port},127.0.0.1:${this.standby.port}/${database}`;
  }

  /** Has the primary answer commits that the standby may lack, as an asynchronous one does. */
  async stopWaiting(): Promise<void> {
    await this.primary.query("alter system set synchronous_standby_names = ''");
    await this.primary.query('select pg_reload_conf()');
    await waitFor('nobody to wait', async () => (await this.#syncState()) === 'async');
  }

  /**
   * Has the standby receive nothing more: what is committed from now on is lost with the primary. A synchronous primary waits for it then.
   */
  async cutReplication(): Promise<void> {
    await this.standby.query("alter system set primary_conninfo = ''");
    await this.standby.query('select pg_reload_conf()');
    await waitFor('the standby to be cut off', async () => !(await this.#isFollowing()));
  }

  /** Ends the primary as a loss of power does, and has the standby take its place. */
  async failOver(): Promise<void> {
    await this.primary.kill();
    await this.standby.promote();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.standby[Symbol.asyncDispose]();
    await this.primary[Symbol.asyncDispose]();
  }

  async #hasDatabase(name: string): Promise<boolean> {
    return (await this.standby.query(`select from pg_database where datname = '${name}'`)).length > 0;
  }

  async #isFollowing(): Promise<boolean> {
    return (await this.#syncState()) !== undefined;
  }

  async #syncState(): Promise<unknown> {
    const rows = await this.primary.query(
      "select sync_state from pg_stat_replication where state = 'streaming'",
    );
    return rows[0]?.['sync_state'];
  }
}
