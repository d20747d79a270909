import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { systemRandom, systemTimers } from '../../system-clock.ts';
import { RealMachine, machineParts } from '../../testing/real-machine.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { aStepCall, recordedTools } from '../test-calls.ts';
import { openConnection } from './connection.ts';
import { readHostKeys } from './host-keys.ts';
import { runRemote } from './run-remote.ts';
import { createSshExecutor } from './ssh-executor.ts';

const KEEPALIVE_MS = 300;
/** Three questions without an answer, and what a busy machine needs besides. Milliseconds. */
const NOTICED_MS_MAX = 5_000;

const executor = createSshExecutor({
  timers: systemTimers,
  random: systemRandom,
  scriptFolder: null,
  keepaliveMs: KEEPALIVE_MS,
});

function run(machine: RealMachine, work: string, idempotencyKey = 'job_1') {
  return executor.run(aStepCall({ ...machine.login, run: work }, { idempotencyKey }), recordedTools());
}

async function isRunning(machine: RealMachine, what: string): Promise<boolean> {
  return (await machine.processes()).some((line) => line.includes(what));
}

describe.skipIf(machineParts.areMissing)(
  `an ssh step on a machine with trouble${machineParts.reason}`,
  () => {
    test('fails soon when the power is cut in the middle, and passes when it is back', async () => {
      await using machine = await RealMachine.start();
      const running = run(machine, 'sleep 4715').catch((error: unknown) => error as Error);
      await waitFor('the work to run', () => isRunning(machine, 'sleep 4715'));
      const from = performance.now();
      await machine.cutPower();
      const error = await running;
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).toContain(
        `connection to ${machine.address}:22 was lost while the step ran there`,
      );
      expect(performance.now() - from).toBeLessThan(NOTICED_MS_MAX);
      await machine.restorePower();
      expect(await run(machine, 'true')).toMatchObject({ isPassed: true });
    });

    test('fails soon when the network is cut, and the next attempt ends what the first left running', async () => {
      await using machine = await RealMachine.start();
      const running = run(machine, 'sleep 4716').catch((error: unknown) => error as Error);
      await waitFor('the work to run', () => isRunning(machine, 'sleep 4716'));
      const from = performance.now();
      await machine.cutNetwork();
      expect(((await running) as Error).message).toContain(
        'The next attempt first ends what is left of this one.',
      );
      expect(performance.now() - from).toBeLessThan(NOTICED_MS_MAX);
      expect(await isRunning(machine, 'sleep 4716')).toBe(true);
      await machine.restoreNetwork();
      expect(await run(machine, 'true')).toMatchObject({ isPassed: true });
      expect(await isRunning(machine, 'sleep 4716')).toBe(false);
    });

    test('says that a machine without power does not answer, and one without sshd refuses', async () => {
      await using machine = await RealMachine.start();
      await expect(
        executor.run(aStepCall({ ...machine.login, port: 23, run: 'true' }), recordedTools()),
      ).rejects.toThrow(`Nothing listens at ${machine.address}:23. Check that the machine is up`);
      await machine.cutPower();
      const tools = recordedTools();
      const running = executor.run(aStepCall({ ...machine.login, run: 'true' }), tools);
      tools.abort(new Error('the time is over'));
      await expect(running).rejects.toThrow('the time is over');
    });

    test('ends on the machine when the server that started it is no more', async () => {
      await using machine = await RealMachine.start();
      const signal = new AbortController().signal;
      const { host, user, key, hostKey } = machine.login;
      const connection = await openConnection(
        {
          target: { host, port: 22 },
          login: { user, key },
          hostKeys: readHostKeys(hostKey),
          keepaliveMs: KEEPALIVE_MS,
          timers: systemTimers,
        },
        signal,
      );
      const work = {
        key: 'job_1',
        attempt: 'a',
        shell: 'sleep 4717',
        args: [],
        environment: {},
        stdin: null,
        directory: null,
      };
      const running = runRemote(
        connection,
        { work, machine: 'it', timers: systemTimers, outputBytesMax: 1_024 },
        recordedTools(),
      );
      await waitFor('the work to run', () => isRunning(machine, 'sleep 4717'));
      connection[Symbol.dispose]();
      await expect(running).rejects.toThrow('was lost');
      await waitFor('the work to be gone', async () => !(await isRunning(machine, 'sleep 4717')));
    });

    test('needs no more than one session at a time (MaxSessions)', async () => {
      await using machine = await RealMachine.start({ config: ['MaxSessions 1'] });
      const script = { text: '#!/bin/sh\nexit 0\n', directory: machine.folder };
      const result = await executor.run(aStepCall({ ...machine.login, script }), recordedTools());
      expect(result.isPassed).toBe(true);
    });

    test('says that a machine opens no session at all', async () => {
      await using machine = await RealMachine.start({ config: ['MaxSessions 0'] });
      await expect(run(machine, 'true')).rejects.toThrow('opened no session');
      await expect(run(machine, 'true')).rejects.toThrow('MaxSessions');
    });

    test('twenty at once pass where sshd drops what comes over its start-ups (MaxStartups)', async () => {
      await using machine = await RealMachine.start({ config: ['MaxStartups 3:50:5'] });
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, number) => run(machine, 'true', `job_${number}`)),
      );
      expect(results.filter(({ isPassed }) => isPassed)).toHaveLength(20);
    });

    test('waits until others leave room for it to start up (MaxStartups)', async () => {
      await using machine = await RealMachine.start({ config: ['MaxStartups 2:100:2'] });
      const others: Socket[] = [];
      for (let count = 0; count < 2; count += 1) {
        const other = connectSocket(22, machine.address);
        other.on('error', () => {});
        others.push(other);
        await new Promise((resolve) => {
          other.once('data', resolve);
        });
      }
      const running = run(machine, 'true');
      await waitFor('sshd to drop a connection', () => machine.log.includes('MaxStartups'));
      for (const other of others) other.destroy();
      expect(await running).toMatchObject({ isPassed: true });
    });

    test('sends small packets at once: a session takes a fraction of what it takes without that', async () => {
      await using machine = await RealMachine.start();
      const { host, user, key, hostKey } = machine.login;
      using connection = await openConnection(
        {
          target: { host, port: 22 },
          login: { user, key },
          hostKeys: readHostKeys(hostKey),
          keepaliveMs: KEEPALIVE_MS,
          timers: systemTimers,
        },
        new AbortController().signal,
      );
      const medianMs = async (): Promise<number> => {
        const times: number[] = [];
        for (let count = 0; count < 9; count += 1) {
          const from = performance.now();
          await new Promise<void>((resolve, reject) => {
            connection.client.exec('true', (error, channel) => {
              if (error !== undefined) reject(error);
              else channel.resume().once('close', resolve).stderr.resume();
            });
          });
          times.push(performance.now() - from);
        }
        return times.toSorted((a, b) => a - b)[4] ?? 0;
      };
      const atOnceMs = await medianMs();
      connection.client.setNoDelay(false);
      const gatheredMs = await medianMs();
      expect(gatheredMs / atOnceMs).toBeGreaterThan(1.5);
    });
  },
);
