import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { NetworkNamespace, command, lookForParts } from './real-parts.ts';
import { waitFor } from './wait-for.ts';

/** What an engine stands on: the program, and the Debian package that has it. */
export const engineParts = lookForParts({
  dockerd: 'docker.io',
  busybox: 'busybox-static',
  iptables: 'iptables',
  ip: 'iproute2',
  nsenter: 'util-linux',
});

/** An image with busybox in it and nothing else. */
export const TINY_IMAGE = 'tiny:1';

/** A real container engine in a network of its own, with its own data, behind a unix socket. It can reach no registry. */
export class RealEngine implements AsyncDisposable {
  readonly socket: string;
  readonly docker: Docker;
  readonly #namespace: NetworkNamespace;
  /** Paths of unix sockets are short, so it stands right in the directory of temporary files. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'pk-engine-'));
  #process: ChildProcess | null = null;
  #log = '';

  private constructor(namespace: NetworkNamespace) {
    this.#namespace = namespace;
    this.socket = join(this.#folder, 'docker.sock');
    this.docker = new Docker({ socketPath: this.socket });
  }

  static async start(): Promise<RealEngine> {
    const engine = new RealEngine(await NetworkNamespace.create());
    try {
      await engine.turnOn();
      await engine.#importTinyImage();
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  async turnOn(): Promise<void> {
    const [program = '', ...entry] = this.#namespace.entry;
    const args = [
      ...entry,
      'dockerd',
      '--live-restore',
      `--data-root=${join(this.#folder, 'data')}`,
      `--exec-root=${join(this.#folder, 'exec')}`,
      `--pidfile=${join(this.#folder, 'docker.pid')}`,
      `--host=unix://${this.socket}`,
    ];
    const isUp = (): Promise<boolean> =>
      this.docker.ping().then(
        () => true,
        () => false,
      );
    await waitFor('the engine to answer', async () => {
      // After a crash it ends again while the remains of the one before are still there.
      if (this.#process === null || this.#process.exitCode !== null) {
        const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
        child.stderr.on('data', (chunk: Buffer) => {
          this.#log += chunk.toString();
        });
        this.#process = child;
      }
      return isUp();
    }).catch((error: unknown) => {
      throw new Error(`dockerd said: ${this.#log}`, { cause: error });
    });
  }

  /** Ends the engine as a crash does; its containers run on. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL');
    // Numbers of processes that ended and that nobody has taken note of yet: the next engine would take them for alive.
    for (const file of ['docker.pid', 'exec/containerd/containerd.pid']) {
      rmSync(join(this.#folder, file), { force: true });
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const process = this.#process;
    if (process === null || process.exitCode !== null || process.signalCode !== null) return;
    const exited = once(process, 'exit');
    process.kill(signal);
    await exited;
    this.#process = null;
  }

  /** Names of all containers, running or not. */
  async names(): Promise<string[]> {
    const containers = await this.docker.listContainers({ all: true });
    return containers.flatMap(({ Names }) => Names.map((name) => name.slice(1)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process?.exitCode === null) {
      for (const { Id } of await this.docker.listContainers({ all: true })) {
        await this.docker.getContainer(Id).remove({ force: true, v: true });
      }
    }
    await this.#end('SIGTERM');
    await this.#namespace[Symbol.asyncDispose]();
    for (const mount of mountsIn(this.#folder)) await command('umount', '--lazy', mount);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #importTinyImage(): Promise<void> {
    const root = join(this.#folder, 'tiny');
    for (const directory of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    const busybox = join(root, 'bin', 'busybox');
    copyFileSync('/bin/busybox', busybox);
    const names = (await command(busybox, '--list')).split('\n').filter((name) => name !== 'busybox');
    for (const name of names) symlinkSync('busybox', join(root, 'bin', name));
    const archive = join(this.#folder, 'tiny.tar');
    await command('tar', '--create', '--file', archive, '--directory', root, '.');
    const [repo = '', tag = ''] = TINY_IMAGE.split(':');
    const progress = await this.docker.importImage(archive, { repo, tag, changes: 'ENV PATH=/bin' });
    await new Promise<void>((resolve, reject) => {
      this.docker.modem.followProgress(progress, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

/** Mounts that a folder holds, the innermost first. */
function mountsIn(folder: string): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((mount) => mount.startsWith(`${folder}/`))
    .toReversed();
}
