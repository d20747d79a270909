import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@poolkeeper/core';
import { describe, expect, test } from 'vitest';
import { startAcctpool } from './testing/acctpool-harness.ts';
import type { AcctpoolHarness } from './testing/acctpool-harness.ts';

/** Requests and their answers, to the byte where it matters: they are read as examples too. `{1}` is the id of the first reservation. */

type Exchange = {
  readonly send: string;
  readonly headers?: Record<string, string>;
  readonly status: number;
  /** Headers that have to be there; null: has not to be there. */
  readonly answerHeaders?: Record<string, string | null>;
  /** The whole body: JSON, or the text where it is none; left out where there is none. */
  body?: Json;
};
type Step =
  | Exchange
  | { readonly advanceMs: number }
  | { readonly account: string; readonly leaves?: string; readonly stuck?: string; readonly isBad?: boolean };
type Golden = { readonly about: string; readonly file?: Json; readonly steps: readonly Step[] };

const DIRECTORY = join(import.meta.dirname, 'goldens');
const files = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
/** Writes the bodies that come into the goldens, to be read by a person before they are kept; statuses are always held. */
const isRecording = process.env['RECORD_GOLDENS'] === '1';

describe('goldens', () => {
  test.each(files)('%s', async (file) => {
    const path = join(DIRECTORY, file);
    const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
    await using pool = await startAcctpool(golden.file === undefined ? {} : { file: golden.file });
    const ids: string[] = [];
    for (const [index, step] of golden.steps.entries()) {
      if ('send' in step) await expectAnswer({ pool, ids }, step, `${file}, step ${index}: ${step.send}`);
      else if ('advanceMs' in step) await pool.advance(step.advanceMs);
      else change(pool, step);
    }
    expect(golden.steps.length).toBeGreaterThan(0);
    if (isRecording) writeFileSync(path, `${JSON.stringify(golden, undefined, 2)}\n`);
  });
});

function change({ accounts }: AcctpoolHarness, step: Extract<Step, { account: string }>): void {
  const account = accounts.of(step.account);
  if (step.leaves !== undefined) account.left.add(step.leaves);
  if (step.stuck !== undefined) account.stuck.add(step.stuck);
  if (step.isBad !== undefined) account.isBad = step.isBad;
}

async function expectAnswer(
  { pool, ids }: { pool: AcctpoolHarness; ids: string[] },
  step: Exchange,
  where: string,
): Promise<void> {
  const [method = '', asked = ''] = step.send.split(' ');
  const path = asked.replace(/\{(\d)\}/, (_whole, number: string) => ids[Number(number) - 1] ?? 'none');
  const seen = await pool.send({ method, path, ...(step.headers && { headers: step.headers }) });
  const id = /^\/reservations\/([0-9A-Za-z]{22,})(\?|$)/.exec(seen.headers['location'] ?? '')?.[1];
  if (seen.status === 302 && id !== undefined) ids.push(id);
  const named = (text: string): string =>
    ids.reduce((said, known, index) => said.replaceAll(known, `{${index + 1}}`), text);
  expect(seen.status, `${where}: ${seen.text}`).toBe(step.status);
  for (const [name, value] of Object.entries(step.answerHeaders ?? {})) {
    const said = seen.headers[name];
    expect(said === undefined ? null : named(said), `${where}: ${name}`).toBe(value);
  }
  if (seen.body !== undefined) expect(seen.text, where).toBe(`${JSON.stringify(seen.body)}\n`);
  if (isRecording && seen.text !== '')
    step.body = seen.body === undefined ? seen.text : (JSON.parse(named(seen.text)) as Json);
  if (step.body === undefined) expect(seen.text, where).toBe('');
  // The text, so that the order of members counts too.
  else expect(named(seen.text).trimEnd(), where).toBe(textOf(step.body).trimEnd());
}

function textOf(body: Json): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
