import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stderr } from 'node:process';
import { freePort } from './free-port.ts';
import type { RealParts } from './real-parts.ts';
import { waitFor } from './wait-for.ts';

/**
 * moto is an emulator of AWS that others wrote. It is looked for in `PATH`, then where `.ci/run` installs it.
 *
 * It does not do client tokens (each call makes a machine), eventual consistency, throttling, quotas, or rights: what is tested of those
 * has a stand-in, `server/providers/ec2/test-cloud.ts`.
 */
const PROGRAM = 'moto_server';
const INSTALLED = join(homedir(), '.cache', 'poolkeeper', 'moto', 'bin');
/** Python loads a lot before it listens, on a busy machine above all. Milliseconds. */
const UP_MS_MAX = 60_000;
const ADVICE =
  'needs moto_server: python3 -m venv ~/.cache/poolkeeper/moto && ~/.cache/poolkeeper/moto/bin/pip install -r server/testing/moto-requirements.txt';

/** Is moto here? For `describe.skipIf`. */
export function lookForMoto(): RealParts {
  if (findMoto() !== undefined) return { areMissing: false, reason: '' };
  stderr.write(`tests of real parts are skipped here: ${ADVICE}\n`);
  return { areMissing: true, reason: ` (${ADVICE})` };
}

function findMoto(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), INSTALLED];
  return folders.map((folder) => join(folder, PROGRAM)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A moto server of this test process, on loopback. */
export class RealMoto implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(): Promise<RealMoto> {
    const program = findMoto();
    if (program === undefined) throw new Error(ADVICE);
    const port = await freePort();
    const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const moto = new RealMoto(child, `http://127.0.0.1:${port}`);
    await waitFor('moto to answer', () => child.exitCode !== null || moto.#answers(), UP_MS_MAX);
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} at its start`);
    return moto;
  }

  async #answers(): Promise<boolean> {
    return await fetch(`${this.url}/moto-api/data.json`).then(
      (response) => response.ok,
      () => false,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
