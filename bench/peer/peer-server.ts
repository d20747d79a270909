import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Target } from '../api-client.ts';
import type { PeerInput, PeerReady } from './peer-process.ts';

const READY_WITHIN_MS = 30_000;

/** The peer in a process of its own. */
export class PeerServer implements AsyncDisposable {
  readonly target: Target;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, target: Target) {
    this.#child = child;
    this.target = target;
  }

  /** Errors: when it does not listen in time. */
  static async start(input: Omit<PeerInput, 'token'>): Promise<PeerServer> {
    const token = randomBytes(32).toString('base64url');
    const child = fork(join(import.meta.dirname, 'peer-process.ts'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      child.send({ ...input, token } satisfies PeerInput);
      const [ready] = await once(child, 'message', { signal: AbortSignal.timeout(READY_WITHIN_MS) });
      return new PeerServer(child, { url: `http://127.0.0.1:${(ready as PeerReady).port}`, token });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
