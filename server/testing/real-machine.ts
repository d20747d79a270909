import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { NetworkNamespace, command, lookForParts } from './real-parts.ts';
import { waitFor } from './wait-for.ts';

/** What a machine stands on: the program, and the Debian package that has it. */
export const machineParts = lookForParts({
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  openssl: 'openssl',
});

const PORT = 22;
/** Blocks of four addresses in 10.213.0.0/16, one for each machine. */
const BLOCKS = 16_384;
const BLOCKS_PER_PROCESS = 64;

export type MachineOptions = {
  /** Lines of `sshd_config`, before all others: the first word on a matter counts. */
  readonly config?: readonly string[];
  /** The password of root; else nobody has one. */
  readonly password?: string;
};

/**
 * A machine with a real sshd: processes, network and mounts of its own, the files of the machine that the test runs on.
 * It is reached by one virtual cable. Its power can be cut, and its network.
 */
export class RealMachine implements AsyncDisposable {
  readonly user = 'root';
  readonly port = PORT;
  readonly address: string;
  /** A folder for the test on the machine, and here. */
  readonly folder: string;
  readonly #namespace: NetworkNamespace;
  readonly #options: MachineOptions;
  #process: ChildProcess | null = null;
  #log = '';

  private constructor(namespace: NetworkNamespace, options: MachineOptions) {
    this.#namespace = namespace;
    this.#options = options;
    const block = (pid * BLOCKS_PER_PROCESS + namespace.number) % BLOCKS;
    this.address = `10.213.${block >> 6}.${(block % 64) * 4 + 2}`;
    this.folder = mkdtempSync(join(tmpdir(), 'poolkeeper-machine-'));
  }

  static async start(options: MachineOptions = {}): Promise<RealMachine> {
    const machine = new RealMachine(await NetworkNamespace.create(), options);
    try {
      await machine.#makeKeys();
      await machine.#plugIn();
      await machine.restorePower();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The private key that is let in. */
  get key(): string {
    return this.#read('user');
  }

  /** The machine's own key: the line of its public half. */
  get hostKey(): string {
    return this.#read('host.pub').trim();
  }

  /** What sshd said so far. */
  get log(): string {
    return this.#log;
  }

  /** What an `ssh` step needs to log in. */
  get login(): { host: string; user: string; key: string; hostKey: string } {
    return { host: this.address, user: this.user, key: this.key, hostKey: this.hostKey };
  }

  /** Ends everything on the machine at once. Nobody who is connected hears of it. */
  async cutPower(): Promise<void> {
    await this.cutNetwork();
    const process = this.#process;
    if (process?.exitCode === null && process.signalCode === null) {
      const exited = once(process, 'exit');
      // unshare takes the first process of the machine with it, and that one all others.
      process.kill('SIGKILL');
      await exited;
    }
    this.#process = null;
  }

  async restorePower(): Promise<void> {
    await this.restoreNetwork();
    // A home of its own: nobody's start-up files are read.
    const mounts = ['mount -t tmpfs tmpfs /root'];
    if (this.#options.password !== undefined) mounts.push('mount --bind "$1" /etc/shadow');
    const sshd = `${mounts.join(' && ')} && exec /usr/sbin/sshd -D -e -f "$0"`;
    const line = 'unshare --pid --fork --kill-child --mount --mount-proc sh -c'.split(' ');
    const files = [join(this.folder, 'sshd_config'), join(this.folder, 'shadow')];
    const [program = '', ...args] = [...this.#namespace.entry, ...line, sshd, ...files];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    this.#process = child;
    await waitFor('sshd to listen', () => isListening(this.address));
  }

  /** Takes the cable out at the machine: what is sent there is lost without a word. */
  async cutNetwork(): Promise<void> {
    await this.#namespace.run('ip', 'link', 'set', 'eth0', 'down');
  }

  async restoreNetwork(): Promise<void> {
    await this.#namespace.run('ip', 'link', 'set', 'eth0', 'up');
  }

  /** Command lines of what runs on the machine. */
  async processes(): Promise<string[]> {
    const inside = await command('ip', 'netns', 'pids', this.#namespace.name);
    return inside.split('\n').flatMap((number) => {
      try {
        return number === ''
          ? []
          : [readFileSync(`/proc/${number}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
      } catch {
        return [];
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The namespace takes its processes and the cable with it.
    await this.#namespace[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #makeKeys(): Promise<void> {
    for (const name of ['host', 'user']) {
      await command('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(this.folder, name));
    }
    // Where sshd keeps the part of it that speaks with strangers.
    mkdirSync('/run/sshd', { recursive: true });
    const { config = [], password } = this.#options;
    const lines = [
      ...config,
      `Port ${PORT}`,
      `ListenAddress ${this.address}`,
      `HostKey ${join(this.folder, 'host')}`,
      `AuthorizedKeysFile ${join(this.folder, 'user.pub')}`,
      `PasswordAuthentication ${password === undefined ? 'no' : 'yes'}`,
      'PermitRootLogin yes',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'PidFile none',
      'Subsystem sftp internal-sftp',
    ];
    writeFileSync(join(this.folder, 'sshd_config'), `${lines.join('\n')}\n`);
    if (password !== undefined) {
      const hash = await command('openssl', 'passwd', '-6', password);
      writeFileSync(join(this.folder, 'shadow'), `root:${hash}:19000:0:99999:7:::\nsshd:*:19000::::::\n`);
    }
  }

  async #plugIn(): Promise<void> {
    const cable = `pk${pid}v${this.#namespace.number}`;
    const here = this.address.replace(/\d+$/, (last) => String(Number(last) - 1));
    await command(
      ...([
        'ip',
        'link',
        'add',
        cable,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        this.#namespace.name,
      ] as const),
    );
    await command('ip', 'addr', 'add', `${here}/30`, 'dev', cable);
    await command('ip', 'link', 'set', cable, 'up');
    await this.#namespace.run('ip', 'addr', 'add', `${this.address}/30`, 'dev', 'eth0');
  }

  #read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }
}

function isListening(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: PORT });
    const answer = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('data', answer(true)).once('error', answer(false)).once('close', answer(false));
  });
}
