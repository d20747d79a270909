import type { JsonObject } from '@poolkeeper/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemTimers } from '../../system-clock.ts';
import { RealEngine, TINY_IMAGE, engineParts } from '../../testing/real-engine.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { StepRefused } from '../contract.ts';
import type { StepExecutor } from '../contract.ts';
import { aStepCall, recordedTools } from '../test-calls.ts';
import { createContainerExecutor } from './container-executor.ts';
import { containerName, containerSpec } from './container-spec.ts';
import { sweepContainers } from './sweep-containers.ts';

const SERVER = 'server-1';
const OUTPUT_BYTES_MAX = 2 * 1_024 * 1_024;

describe.skipIf(engineParts.areMissing)(`a container step on a real engine${engineParts.reason}`, () => {
  let engine: RealEngine;
  let executor: StepExecutor;
  beforeAll(async () => {
    engine = await RealEngine.start();
    executor = createContainerExecutor({
      timers: systemTimers,
      engine: { socket: engine.socket },
      server: SERVER,
      outputBytesMax: OUTPUT_BYTES_MAX,
    });
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());

  const callFor = (input: JsonObject, idempotencyKey = 'job_1') =>
    aStepCall({ image: TINY_IMAGE, network: 'none', ...input }, { uses: 'container', idempotencyKey });
  const run = async (input: JsonObject, idempotencyKey?: string) => {
    const tools = recordedTools();
    const result = await executor.run(callFor(input, idempotencyKey), tools);
    return { result, stdout: tools.text('stdout'), stderr: tools.text('stderr'), bytes: tools.bytes() };
  };
  const nameFor = (key: string) => containerName({ server: SERVER, key });
  const stateOf = async (key: string) => (await engine.docker.getContainer(nameFor(key)).inspect()).State;
  const isRunning = (key: string) =>
    stateOf(key).then(
      ({ Running }) => Running,
      () => false,
    );

  test('passes with exit code 0, shows what ran, and leaves nothing behind', async () => {
    const { result, stdout } = await run({ command: ['echo', 'clean'] });
    const { Id } = await engine.docker.getImage(TINY_IMAGE).inspect();
    expect(result).toEqual({
      isPassed: true,
      exitCode: 0,
      evidence: { engine: engine.socket, image: TINY_IMAGE, imageId: Id, isAdopted: false },
      error: null,
    });
    expect(stdout).toBe('clean\n');
    expect(await engine.names()).toEqual([]);
  });

  test('fails with the exit code of its work, and tells the streams apart', async () => {
    const { result, stdout, stderr } = await run({
      command: ['sh', '-c', 'echo looking; echo "a file is left" >&2; exit 3'],
    });
    expect(result).toMatchObject({ isPassed: false, exitCode: 3 });
    expect(result.error).toContain('exit code 3. Look at its output');
    expect([stdout, stderr]).toEqual(['looking\n', 'a file is left\n']);
    expect(await engine.names()).toEqual([]);
  });

  test('gives values as arguments and variables, whatever is in them', async () => {
    const nasty = `it's $(echo run) "$HOME"\nline`;
    const { stdout } = await run({
      entrypoint: ['sh', '-c', 'printf "%s|" "$1" "$TEXT" "$COUNT" "$POOLKEEPER_RESOURCE_NAME"', 'sh'],
      command: [nasty],
      env: { TEXT: nasty, COUNT: 2 },
    });
    expect(stdout).toBe(`${nasty}|${nasty}|2|board-1|`);
  });

  test('is bounded in memory, processors and processes where nothing is said', async () => {
    const running = run({ command: ['sleep', '4711'] });
    await waitFor('it to run', () => isRunning('job_1'));
    const { HostConfig: host } = await engine.docker.getContainer(nameFor('job_1')).inspect();
    expect(host).toMatchObject({ Memory: 512 * 1_024 ** 2, NanoCpus: 1e9, PidsLimit: 256 });
    expect(host.SecurityOpt).toEqual(['no-new-privileges']);
    await engine.docker.getContainer(nameFor('job_1')).kill();
    expect((await running).result.error).toContain('It was killed (exit code 137)');
  });

  test('says that it used too much memory', async () => {
    const { result } = await run({ memory: '16MiB', command: ['sh', '-c', 'x=x; while :; do x=$x$x; done'] });
    expect(result.isPassed).toBe(false);
    expect(result.error).toBe(
      'It was killed when it used more than its memory, 16MiB. Raise memory in the step, or let it use less.',
    );
  });

  test('keeps what it writes to a named volume', async () => {
    const mounts = [{ volume: 'kept', path: '/kept' }];
    await run({ mounts, command: ['sh', '-c', 'echo kept > /kept/file'] });
    const { stdout } = await run({
      mounts: [{ ...mounts[0], isReadOnly: true }],
      command: ['cat', '/kept/file'],
    } as JsonObject);
    const denied = await run({
      mounts: [{ ...mounts[0], isReadOnly: true }],
      command: ['touch', '/kept/other'],
    } as JsonObject);
    expect(stdout).toBe('kept\n');
    expect(denied.stderr).toContain('Read-only file system');
    await engine.docker.getVolume('kept').remove();
  });

  test.each([
    ['a container', ['sleep', '4712']],
    ['a container that does not heed SIGTERM', ['sh', '-c', "trap '' TERM; while :; do sleep 1; done"]],
  ])('ends and removes %s when it is aborted', async (_what, work) => {
    const tools = recordedTools();
    const running = executor.run(callFor({ command: work }), tools);
    await waitFor('it to run', () => isRunning('job_1'));
    tools.abort(new Error('the time is over'));
    await expect(running).rejects.toThrow('the time is over');
    expect(await engine.names()).toEqual([]);
  });

  test('ends a container that puts out without end', async () => {
    const { result, bytes } = await run({
      command: ['yes', 'a line that is repeated again and again, and again'],
    });
    expect(result.isPassed).toBe(false);
    expect(result.error).toContain('more than 2 MiB and was ended');
    expect(bytes).toBe(OUTPUT_BYTES_MAX);
    expect(await engine.names()).toEqual([]);
  });

  test('adopts the container of an attempt that was lost, with all that it put out', async () => {
    const work = {
      command: ['sh', '-c', 'echo first; cat /proc/sys/kernel/random/boot_id; sleep 1; echo last'],
    };
    const made = await engine.docker.createContainer(
      containerSpec({ image: TINY_IMAGE, ...work }, callFor(work), SERVER),
    );
    await made.start();
    await waitFor('it to say something', async () => (await made.logs({ stdout: true })).length > 0);
    const { result, stdout } = await run(work);
    expect(result).toMatchObject({ isPassed: true, evidence: { isAdopted: true } });
    expect(stdout).toMatch(/^first\n.*\nlast\n$/);
    expect(await engine.names()).toEqual([]);
  });

  test('adopts one that has ended already, and does not run the work again', async () => {
    const work = { command: ['sh', '-c', 'echo once; exit 5'] };
    const made = await engine.docker.createContainer(
      containerSpec({ image: TINY_IMAGE, ...work }, callFor(work), SERVER),
    );
    await made.start();
    const { State: ended } = await made.wait().then(() => made.inspect());
    const { result, stdout } = await run(work);
    expect(result).toMatchObject({ exitCode: 5, evidence: { isAdopted: true } });
    expect(ended.ExitCode).toBe(5);
    expect(stdout).toBe('once\n');
  });

  test('starts one that was made and never started', async () => {
    const work = { command: ['echo', 'started'] };
    await engine.docker.createContainer(containerSpec({ image: TINY_IMAGE, ...work }, callFor(work), SERVER));
    const { result, stdout } = await run(work);
    expect(result).toMatchObject({ isPassed: true, evidence: { isAdopted: false } });
    expect(stdout).toBe('started\n');
  });

  test("leaves somebody else's container alone", async () => {
    const other = await engine.docker.createContainer({
      name: nameFor('job_1'),
      Image: TINY_IMAGE,
      Cmd: ['true'],
    });
    await expect(run({ command: ['true'] })).rejects.toThrow('that this server did not make');
    expect(await engine.names()).toEqual([nameFor('job_1')]);
    await other.remove();
  });

  test('says that the image is not there, and what to do', async () => {
    const never = run({ image: 'nowhere:1', pull: 'never', command: ['true'] });
    await expect(never).rejects.toThrow(StepRefused);
    await expect(never).rejects.toThrow('does not have the image nowhere:1');
    await expect(never).rejects.toThrow('say pull: missing');
    await expect(run({ image: '127.0.0.1:9/nowhere:1', command: ['true'] })).rejects.toThrow(
      /does not have the image 127.0.0.1:9\/nowhere:1 and could not fetch it: .*connection refused.* Check its name/,
    );
  });

  test('says that the command is not in the image', async () => {
    const { result } = await run({ command: ['wipe-the-disk'] });
    expect(result.exitCode).toBe(127);
    expect(result.error).toContain('a program was not found in the image');
  });

  test('says that the engine cannot start it', async () => {
    const refusal = run({ user: 'nobody-at-all', command: ['true'] });
    await expect(refusal).rejects.toThrow(/cannot start the container: .*nobody-at-all/);
    expect(await engine.names()).toEqual([]);
  });

  test('says that the engine is not there', async () => {
    await expect(run({ engine: { socket: '/nowhere.sock' }, command: ['true'] })).rejects.toThrow(
      'The container engine at /nowhere.sock is not there: there is no such socket. Start the engine',
    );
    await expect(run({ engine: { host: '127.0.0.1', port: 9 }, command: ['true'] })).rejects.toThrow(
      'The container engine at 127.0.0.1:9 does not run',
    );
  });

  test('loses the engine in the middle, and the next attempt finds the work', async () => {
    const work = {
      command: ['sh', '-c', 'echo first; while [ ! -e /kept/go ]; do sleep 0.1; done; echo last'],
      mounts: [{ volume: 'signal', path: '/kept' }],
    };
    const running = run(work).catch((error: unknown) => error as Error);
    await waitFor('it to run', () => isRunning('job_1'));
    await engine.crash();
    expect(((await running) as Error).message).toContain(`The container engine at ${engine.socket}`);
    await engine.turnOn();
    expect(await isRunning('job_1')).toBe(true);
    const again = run(work);
    await run({ command: ['touch', '/kept/go'], mounts: work.mounts }, 'job_2');
    const { result, stdout } = await again;
    expect(result).toMatchObject({ isPassed: true, evidence: { isAdopted: true } });
    expect(stdout).toBe('first\nlast\n');
    await engine.docker.getVolume('signal').remove();
  });

  test('sweeps what steps left, and nothing of other servers or of work that is wanted', async () => {
    const make = async (key: string, server: string) => {
      const work = { command: ['sleep', '4713'] };
      const spec = containerSpec({ image: TINY_IMAGE, network: 'none', ...work }, callFor(work, key), server);
      await (await engine.docker.createContainer(spec)).start();
      return spec.name;
    };
    await make('job_left', SERVER);
    const kept = [await make('job_wanted', SERVER), await make('job_other', 'server-2')];
    const isWanted = (key: string) => key === 'job_wanted';
    const swept = await sweepContainers(
      { engine: { socket: engine.socket }, server: SERVER, timers: systemTimers, isWanted },
      new AbortController().signal,
    );
    expect(swept).toEqual({ checked: 2, removed: 1 });
    expect(new Set(await engine.names())).toEqual(new Set(kept));
  });
});
