import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject, ProbeKind } from '@poolkeeper/core';
import { StepRefused } from '../steps/contract.ts';
import type { StepCall, StepExecutor } from '../steps/contract.ts';
import { askHttp } from './ask-http.ts';
import { createAskers } from './askers.ts';
import { createAskStep } from './ask-step.ts';
import { askTcp } from './ask-tcp.ts';
import type { ProbeQuestion } from './contract.ts';

function aQuestion(input: JsonObject, uses: ProbeKind = 'http'): ProbeQuestion {
  const times = { everyMs: 10_000, timeoutMs: 3_000, failures: 3, successes: 1 };
  return {
    spec: { name: 'look', uses, with: input, ...times, action: 'hold' },
    input,
    secrets: [],
    resource: {
      id: 'res_1',
      name: 'one',
      pool: 'boards',
      kind: 'machine',
      epoch: 1,
      addresses: [],
      endpoints: {},
    },
    provider: 'hand',
    externalId: null,
  };
}

/** A server on loopback that answers each request with the status in its path, or never. */
async function aServer(): Promise<{ url: string; port: number; headers: () => unknown }> {
  let headers: unknown;
  const server = createServer((request, response) => {
    headers = request.headers;
    const status = Number(request.url?.slice(1).split('?')[0]);
    if (status > 0)
      response.writeHead(status, status === 302 ? { location: '/200' } : {}).end('x'.repeat(100_000));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, headers: () => headers };
}

const maskNothing = () => (text: string) => text;
const never = new AbortController().signal;

test.each([
  [200, {}, 'passed'],
  [204, {}, 'passed'],
  [302, {}, 'passed'],
  [404, {}, 'failed'],
  [500, {}, 'failed'],
  [404, { status: [404] }, 'passed'],
  [200, { status: [204] }, 'failed'],
] as const)('a GET that is answered with %i, given %j, has %s', async (status, more, result) => {
  const { url } = await aServer();
  expect(await askHttp(aQuestion({ url: `${url}/${status}`, ...more }), never)).toMatchObject({ result });
});

test('a GET carries the headers that the probe names', async () => {
  const server = await aServer();
  await askHttp(aQuestion({ url: `${server.url}/200`, headers: { 'x-who': 'probe' } }), never);
  expect(server.headers()).toMatchObject({ 'x-who': 'probe', 'user-agent': 'poolkeeper' });
});

test('what fails says where, without what may be secret in the address', async () => {
  const { url } = await aServer();
  const { detail } = await askHttp(aQuestion({ url: `${url}/500?key=hidden` }), never);
  expect(detail).toBe(`GET ${url}/500 was answered with 500`);
});

test('nobody there: failed, with the reason', async () => {
  const answer = await askHttp(aQuestion({ url: 'http://127.0.0.1:1/' }), never);
  expect(answer).toMatchObject({ result: 'failed', detail: expect.stringContaining('ECONNREFUSED') });
});

test('an answer that does not come ends with the signal', async () => {
  const { url } = await aServer();
  const abort = new AbortController();
  const asking = askHttp(aQuestion({ url: `${url}/` }), abort.signal);
  abort.abort(new Error('too late'));
  await expect(asking).rejects.toThrow('too late');
});

test.each(['ftp://127.0.0.1/', 'no address', 7])('%j is not asked', async (url) => {
  expect(await askHttp(aQuestion({ url }), never)).toMatchObject({ result: 'unasked' });
});

test('a port that takes connections passes, also when it is a text', async () => {
  const { port } = await aServer();
  expect(await askTcp(aQuestion({ host: '127.0.0.1', port }), never)).toEqual({
    result: 'passed',
    detail: null,
  });
  expect(await askTcp(aQuestion({ host: '127.0.0.1', port: String(port) }), never)).toMatchObject({
    result: 'passed',
  });
});

test('a port that takes none fails; what is no port is not asked', async () => {
  expect(await askTcp(aQuestion({ host: '127.0.0.1', port: 1 }), never)).toMatchObject({ result: 'failed' });
  expect(await askTcp(aQuestion({ host: '127.0.0.1', port: 'ssh' }), never)).toMatchObject({
    result: 'unasked',
  });
});

function anExecutor(run: StepExecutor['run'], fault: string | null = null): StepExecutor {
  return { check: () => fault, run };
}
const passed = { isPassed: true, exitCode: 0, evidence: null, error: null };

test('an exec probe is a step of its kind, with the resource, under a key of its own', async () => {
  let seen: StepCall | undefined;
  const exec = anExecutor((step) => {
    seen = step;
    return Promise.resolve(passed);
  });
  const answer = await createAskStep(
    'exec',
    { exec },
    maskNothing,
  )(aQuestion({ command: ['true'] }, 'exec'), never);
  expect(answer).toEqual({ result: 'passed', detail: null });
  expect(seen).toMatchObject({
    uses: 'exec',
    input: { command: ['true'] },
    resource: { id: 'res_1' },
    step: 'look',
    idempotencyKey: 'res_1/look',
  });
});

test.each([
  [
    'does not pass',
    anExecutor(() => Promise.resolve({ ...passed, isPassed: false, error: 'exit 1' })),
    'failed',
    'exit 1',
  ],
  ['breaks', anExecutor(() => Promise.reject(new Error('no such host'))), 'failed', 'no such host'],
  ['is refused', anExecutor(() => Promise.reject(new StepRefused('exec is off'))), 'unasked', 'exec is off'],
  [
    'has input that can never do',
    anExecutor(() => Promise.resolve(passed), 'command is missing'),
    'unasked',
    'command',
  ],
] as const)('a step that %s', async (_what, exec, result, detail) => {
  const answer = await createAskStep('exec', { exec }, maskNothing)(aQuestion({}, 'exec'), never);
  expect(answer).toMatchObject({ result, detail: expect.stringContaining(detail) });
});

test('a server that cannot do a kind does not ask', async () => {
  const answer = await createAskStep('ssh', {}, maskNothing)(aQuestion({}, 'ssh'), never);
  expect(answer).toMatchObject({ result: 'unasked', detail: expect.stringContaining('ssh') });
});

test.each([
  [
    'says',
    () => Promise.resolve({ ...passed, isPassed: false, error: 'It wrote last: login hunter2-hunter2' }),
  ],
  ['breaks with', () => Promise.reject(new Error('login hunter2-hunter2'))],
] as const)('no secret of a probe is in what it %s', async (_what, run) => {
  const open = () =>
    Promise.resolve({ input: {}, mask: (text: string) => text.replaceAll('hunter2-hunter2', '[secret]') });
  const { exec } = createAskers({ exec: anExecutor(run) }, open, maskNothing);
  const secrets = [{ pointer: '/env/KEY', parts: [{ secret: 'key' }] }];
  const answer = await exec({ ...aQuestion({}, 'exec'), secrets }, never);
  expect(answer).toMatchObject({ result: 'failed', detail: expect.stringContaining('login [secret]') });
});

test.each([
  [
    'is no good',
    () => Promise.resolve({ ...passed, isPassed: false, error: 'apikey-0123 is not let in' }),
    'failed',
  ],
  ['cannot be looked at', () => Promise.reject(new Error('no answer to apikey-0123')), 'unknown'],
  ['has no provider', () => Promise.reject(new StepRefused('provider vendor is not configured')), 'unasked'],
] as const)('of an account that %s it is told, without its credential', async (_what, run, word) => {
  const provider: StepExecutor = {
    check: () => null,
    run: (_step, tools) => {
      tools.hide(['apikey-0123']);
      return run();
    },
  };
  const maskWith = (values: readonly string[]) => (text: string) =>
    values.reduce((rest, value) => rest.replaceAll(value, '[secret]'), text);
  const open = () => Promise.reject(new Error('there is nothing to open'));
  const { provider: ask } = createAskers({ provider }, open, maskWith);
  const answer = await ask(aQuestion({ action: 'verify' }, 'provider'), never);
  expect(answer.result).toBe(word);
  expect(answer.detail).not.toContain('apikey-0123');
});
