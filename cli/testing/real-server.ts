import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProcess, runCli } from './cli-process.ts';

/** A real server in a process and a folder of its own. */
export class RealServer implements AsyncDisposable {
  readonly folder: string;
  readonly process: CliProcess;
  url = '';
  token = '';

  constructor(folder: string, process: CliProcess) {
    this.folder = folder;
    this.process = process;
  }

  /** Null: a server without a configuration file. */
  static async start(
    configuration: string | null,
    options: {
      folder?: string;
      listen?: string;
      logLevel?: string;
      env?: Record<string, string>;
    } = {},
  ): Promise<RealServer> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'poolkeeper-cli-'));
    if (configuration !== null) writeFileSync(join(folder, 'poolkeeper.yaml'), configuration);
    const file = configuration === null ? [] : ['--config', 'poolkeeper.yaml'];
    const listen = options.listen ?? '127.0.0.1:0';
    const args = [
      'serve',
      ...file,
      '--data',
      'data',
      '--listen',
      listen,
      '--log-level',
      options.logLevel ?? 'warn',
    ];
    const server = new RealServer(folder, new CliProcess(args, { cwd: folder, env: options.env ?? {} }));
    await server.process.until(({ stdout }) => stdout.includes('listens at'));
    server.url = (
      JSON.parse(readFileSync(join(folder, 'data', 'server.json'), 'utf8')) as { url: string }
    ).url;
    server.token = readFileSync(join(folder, 'data', 'admin.token'), 'utf8').trim();
    return server;
  }

  get env(): Record<string, string> {
    return { POOLKEEPER_URL: this.url, POOLKEEPER_TOKEN: this.token };
  }

  run(...args: string[]): ReturnType<typeof runCli> {
    return runCli(args, { env: this.env, cwd: this.folder });
  }

  start(...args: string[]): CliProcess {
    return new CliProcess(args, { env: this.env, cwd: this.folder });
  }

  async json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, '--json');
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  /** Ends the process and leaves its folder. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.process.child.kill(signal);
    return this.process.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
