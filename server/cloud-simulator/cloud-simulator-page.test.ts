import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLOUD_ERRORS } from './cloud-error.ts';
import { aSimulatorApp } from './test-simulator.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cloud-simulator.md'), 'utf8');

/** What the first column of the table of operations says, such as `failStart?on=true`. */
function operationsOf(text: string): string[] {
  const table = /^## Control$([\s\S]*?)^## /m.exec(text)?.[1] ?? '';
  const cells = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell]) => cell ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, operation]) => operation ?? ''));
}

test('every operation of docs/cloud-simulator.md works as it is written there, and GET / names each', async () => {
  const { app, cloud } = aSimulatorApp();
  const operations = operationsOf(page);
  expect(operations.length).toBeGreaterThanOrEqual(16);
  const words = (await app.inject({ method: 'GET', url: '/' })).body;
  for (const operation of operations) {
    const { id } = cloud.spawn();
    const url = `/${operation.replace('id=ID', `id=${id}`)}`;
    const { statusCode, body } = await app.inject({ method: 'POST', url });
    expect([operation, statusCode, body]).toEqual([operation, 200, expect.stringMatching(/^\{/)]);
    expect(words).toMatch(new RegExp(`\\b${operation.split('?')[0]}\\b`));
  }
  await app.close();
});

test('docs/cloud-simulator.md names every failure with its status', () => {
  const said = page.slice(page.indexOf('What fails is answered'));
  for (const code of Object.keys(CLOUD_ERRORS)) expect(said).toContain(`\`${code}\``);
  for (const status of Object.values(CLOUD_ERRORS)) expect(said).toContain(String(status));
});
