import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TUB_FILES } from '../kill/configuration.ts';
import { configurationText } from './configuration.ts';
import { Replica } from './replica.ts';
import type { RunDatabase } from './run-database.ts';

const KEEPER_WITHIN_MS = 30_000;
const POLL_MS = 10;
/** How far each machine's clock is ahead, in milliseconds: one is right, one an hour ahead, one an hour behind. */
const SKEWS_MS = [0, 3_600_000, -3_600_000];

/** Several replicas on one database, with all that they share: a folder, secrets, and the file of their configuration. */
export class Site implements AsyncDisposable {
  readonly folder: string;
  readonly token: string;
  readonly replicas: readonly Replica[];
  isFolderKept = false;

  private constructor(input: { folder: string; token: string; replicas: readonly Replica[] }) {
    this.folder = input.folder;
    this.token = input.token;
    this.replicas = input.replicas;
  }

  /** Everything but the processes. */
  static async create({ ports, name: databaseName }: Pick<RunDatabase, 'ports' | 'name'>): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-replicas-'));
    const token = `pk_${randomBytes(32).toString('base64url')}`;
    const configuration = join(folder, 'poolkeeper.yaml');
    writeFileSync(configuration, configurationText(folder));
    const { program, journal } = TUB_FILES;
    copyFileSync(join(import.meta.dirname, '..', 'kill', program), join(folder, program));
    writeFileSync(join(folder, journal), '');
    const environment = {
      POOLKEEPER_MASTER_KEY: randomBytes(32).toString('base64'),
      POOLKEEPER_CLUSTER_SECRET: randomBytes(24).toString('base64'),
    };
    const plan = { folder, token, configuration, environment, databasePorts: ports, databaseName };
    const replicas: Replica[] = [];
    for (const [index, skewMs] of SKEWS_MS.entries()) {
      const name = `replica-${index + 1}`;
      mkdirSync(join(folder, name), { mode: 0o700 });
      replicas.push(await Replica.create({ name, skewMs }, plan));
    }
    return new Site({ folder, token, replicas });
  }

  /** Starts all replicas and waits until each is ready. Errors: the end of the output of one that is not. */
  async start(): Promise<void> {
    for (const replica of this.replicas) replica.start();
    await this.untilReady();
  }

  async untilReady(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.untilReady()));
  }

  /** The replica that says of itself that it keeps the world. Errors: when nobody does in time. */
  async keeper(): Promise<Replica> {
    const until = Date.now() + KEEPER_WITHIN_MS;
    for (;;) {
      const looks = await Promise.all(this.replicas.map((replica) => replica.look()));
      const at = looks.findIndex((look) => look?.self.role === 'keeping');
      const keeper = this.replicas[at];
      if (keeper !== undefined) return keeper;
      if (Date.now() > until) throw new Error(`No replica keeps the world within ${KEEPER_WITHIN_MS} ms.`);
      await sleep(POLL_MS);
    }
  }

  /** Lines of all replicas' output that a person should see: what no log line is, and what is worse than an error. */
  crashes(): string[] {
    return this.replicas.flatMap(({ name, output }) =>
      readFileSync(output, 'utf8')
        .split('\n')
        .filter((line) => /^\s+at |"level":(?:60|"fatal")|^\w*Error\b/.test(line))
        .map((line) => `${name}: ${line}`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
    if (!this.isFolderKept) rmSync(this.folder, { recursive: true, force: true });
  }
}
