import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import type { DialectSettings, Served } from './parts.ts';
import { startCloudpool } from './testing/cloudpool-harness.ts';
import type { CloudpoolHarness, Seen } from './testing/cloudpool-harness.ts';
import { endpointsOf } from './routes/all.ts';

type Exchange = {
  /** Method and path. */
  readonly send: string;
  readonly headers?: Record<string, string>;
  readonly json?: Json;
  /** Bytes that are no JSON, or have another type. */
  readonly text?: string;
  readonly isChunked?: boolean;
  /** How much time passes until the answer comes; none, where nothing is said. */
  readonly takesMs?: number;
  readonly status: number;
  /** Null: it must not be there. */
  readonly answerHeaders?: Record<string, string | null>;
  /** The whole body; left out where there is none. */
  body?: Json;
};
type Step =
  | Exchange
  | { readonly cloud: 'down' | 'up' | { readonly machine: string } | { readonly runs: string } }
  | { readonly advanceMs: number }
  | { readonly pool: { readonly name: string; readonly size: number | null } };
type Golden = {
  readonly about: string;
  readonly served?: Served;
  readonly settings?: Partial<DialectSettings>;
  readonly steps: readonly Step[];
};

const DIRECTORY = join(import.meta.dirname, 'goldens');
const files = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
/** Writes the bodies that come into the goldens, to be read by a person before they are kept; statuses are always held. */
const isRecording = process.env['RECORD_GOLDENS'] === '1';

const goldens = files.map((file) => {
  const path = join(DIRECTORY, file);
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
  return { file, path, golden, about: golden.about };
});

describe('goldens', () => {
  test.each(goldens)('$file: $about', async ({ file, path, golden }) => {
    await using cloud = await startCloudpool(golden);
    for (const [index, step] of golden.steps.entries()) {
      if (!('send' in step)) await act(cloud, step);
      else await expectAnswer(cloud, step, `${file}, step ${index}: ${step.send}`);
    }
    if (isRecording) writeFileSync(path, `${JSON.stringify(golden, undefined, 2)}\n`);
  });
});

test('every endpoint has a golden that it answers well', () => {
  const served: Served = { api: 'current', pool: 'web', hasInstances: true };
  const sent = files.flatMap((file) =>
    (JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as Golden).steps.flatMap((step) =>
      'send' in step && step.status < 300 ? [step.send] : [],
    ),
  );
  const isCovered = ({ method, path }: { method: string; path: string }): boolean => {
    const pattern = new RegExp(`^${method} ${path.replace(':name', '[^/]+')}/?([?].*)?$`);
    return sent.some((line) => pattern.test(line));
  };
  const all = [
    ...endpointsOf(served, { legacyResize: true }),
    ...endpointsOf({ api: 'versionOne', pool: 'web' }, { legacyResize: true }),
  ];
  expect(
    all.filter((endpoint) => !isCovered(endpoint)).map(({ method, path }) => `${method} ${path}`),
  ).toEqual([]);
});

async function expectAnswer(cloud: CloudpoolHarness, step: Exchange, where: string): Promise<void> {
  const seen = await send(cloud, step);
  expect(seen.status, `${where}: ${seen.text}`).toBe(step.status);
  for (const [name, value] of Object.entries(step.answerHeaders ?? {})) {
    expect(seen.headers[name] ?? null, `${where}: ${name}`).toBe(value);
  }
  // An error is always told in a document of the two members.
  if (seen.status >= 400 && !step.send.startsWith('HEAD '))
    expect(seen.body, where).toEqual({ message: expect.any(String), detail: expect.any(String) });
  if (seen.text !== '') expect(seen.headers['content-type'], where).toBe('application/json');
  if (isRecording && seen.text !== '') step.body = seen.body;
  if (step.body === undefined) expect(seen.text, where).toBe('');
  else expect(seen.body, where).toEqual(step.body);
}

async function send(cloud: CloudpoolHarness, step: Exchange): Promise<Seen> {
  const [method = '', path = ''] = step.send.split(' ');
  const body = step.json === undefined ? step.text : JSON.stringify(step.json);
  const type = step.json === undefined ? {} : { 'Content-Type': 'application/json' };
  const request = {
    method,
    path,
    headers: { ...type, ...step.headers },
    ...(body === undefined ? {} : { body }),
    ...(step.isChunked === undefined ? {} : { isChunked: step.isChunked }),
  };
  const { takesMs } = step;
  if (takesMs === undefined) return cloud.whileWaiting(cloud.send(request));
  return cloud.whileTimePasses(takesMs, () => cloud.send(request));
}

async function act(cloud: CloudpoolHarness, step: Exclude<Step, Exchange>): Promise<void> {
  if ('advanceMs' in step) return cloud.advance(step.advanceMs);
  if ('pool' in step) return cloud.nativePool(step.pool);
  const { cloud: what } = step;
  if (typeof what === 'string') cloud.cloud.setDown(what === 'down');
  else if ('machine' in what) cloud.cloud.add({ id: what.machine });
  else cloud.cloud.run(what.runs);
}
