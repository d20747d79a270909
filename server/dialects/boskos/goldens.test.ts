import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StageSpec } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { ENDPOINTS } from './routes/all.ts';
import { startBoskos } from './testing/boskos-harness.ts';
import type { BoskosHarness, SeededResource } from './testing/boskos-harness.ts';

type Exchange = {
  /** Method and address. */
  readonly send: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly status: number;
  /** Null: it must not be there. */
  readonly answerHeaders?: Record<string, string | null>;
  /** Every byte of the body. */
  readonly text: string;
};
type Step = Exchange | { readonly advanceMs: number };
type Golden = {
  readonly about: string;
  /** Beside those that the resources are of. */
  readonly types?: readonly { readonly type: string; readonly stages?: Partial<StageSpec> }[];
  readonly resources: readonly SeededResource[];
  readonly steps: readonly Step[];
};

const DIRECTORY = join(import.meta.dirname, 'goldens');
const goldens = readdirSync(DIRECTORY).map((file) => {
  const golden = JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as Golden;
  return { file, golden, about: golden.about };
});

describe('goldens', () => {
  test.each(goldens)('$file: $about', async ({ file, golden }) => {
    await using boskos = await startBoskos();
    await seed(boskos, golden);
    for (const [index, step] of golden.steps.entries()) {
      if ('advanceMs' in step) await boskos.time.advance(step.advanceMs);
      else await expectAnswer(boskos, step, `${file}, step ${index}: ${step.send}`);
    }
  });
});

test('every endpoint has a golden that it answers well', () => {
  const answered = goldens.flatMap(({ golden }) =>
    golden.steps.flatMap((step) => ('send' in step && step.status === 200 ? [step.send] : [])),
  );
  const isCovered = (line: string): boolean =>
    answered.some((send) => send === line || send.startsWith(`${line}?`));
  expect(ENDPOINTS.map(({ method, path }) => `${method} ${path}`).filter((line) => !isCovered(line))).toEqual(
    [],
  );
});

async function seed(boskos: BoskosHarness, { types = [], resources }: Golden): Promise<void> {
  const named = new Set(types.map(({ type }) => type));
  for (const { type, stages } of types) await boskos.type(type, [], stages);
  for (const type of new Set(resources.map((resource) => resource.type)).difference(named))
    await boskos.type(type);
  for (const resource of resources) await boskos.seed(resource);
}

async function expectAnswer(boskos: BoskosHarness, step: Exchange, where: string): Promise<void> {
  const [method = '', path = ''] = step.send.split(' ');
  const { headers = {}, body } = step;
  const seen = await boskos.send(method, path, { headers, ...(body === undefined ? {} : { body }) });
  expect(`${seen.status} ${seen.text}`, where).toBe(`${step.status} ${step.text}`);
  for (const [name, value] of Object.entries(step.answerHeaders ?? {}))
    expect(seen.headers[name] ?? null, `${where}: ${name}`).toBe(value);
  const type = seen.headers['content-type'];
  if (step.status >= 400) {
    expect(type, where).toBe('text/plain; charset=utf-8');
    expect(seen.headers['x-content-type-options'], where).toBe('nosniff');
  } else if (step.status === 200 && step.text === '') {
    expect([type, seen.headers['content-length']], where).toEqual([undefined, '0']);
  } else if (step.status === 200) expect(type, where).toBe('application/json');
}
