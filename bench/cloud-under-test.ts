import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const READY_WITHIN_MS = 30_000;

/** What a cloud simulator says of itself: when, on its own clock, and how often each route was called. */
export type CloudStatus = {
  readonly at: number;
  readonly machines: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
};

/** A cloud simulator in a process of its own. */
export class CloudUnderTest implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  async status(): Promise<CloudStatus> {
    return (await (await fetch(`${this.url}/status`)).json()) as CloudStatus;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** Errors: when it does not say in time where it listens. `entry` is the `poolkeeper.js` to start. */
export async function startCloud(entry: string): Promise<CloudUnderTest> {
  const child = spawn(process.execPath, [entry, 'cloud-simulator', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8');
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the cloud simulator did not listen within ${READY_WITHIN_MS} ms: ${said}`));
    }, READY_WITHIN_MS);
    child.once('exit', () => reject(new Error('the cloud simulator ended before it listened')));
    child.stdout.on('data', (chunk: string) => {
      said += chunk;
      const found = /http:\S+/.exec(said)?.[0];
      if (found === undefined || !said.endsWith('\n')) return;
      clearTimeout(late);
      resolve(found);
    });
  });
  return new CloudUnderTest(child, url);
}
