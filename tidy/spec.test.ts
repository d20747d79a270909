import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  LEASE_EVENTS,
  LEASE_STATUSES,
  LEASE_TRANSITIONS,
  LIVENESSES,
  MACHINE_STATES,
  nextLeaseStatus,
  nextResourceStatus,
  RESOURCE_EVENTS,
  RESOURCE_STATUSES,
  RESOURCE_TRANSITIONS,
} from '../core/index.ts';
import type { Lease, LeaseEvent, Resource, ResourceEvent } from '../core/index.ts';
import { refusalOf } from '../core/testing/refusal-of.ts';
import { TestWorld } from '../core/testing/world-builder.ts';
import { readRepository } from './house-rules.ts';
import {
  generatedIn,
  invariantsOf,
  numbersIn,
  parseTable,
  printTable,
  readPages,
  withGenerated,
} from './spec.ts';

const root = join(import.meta.dirname, '..');
const directory = join(root, 'docs', 'spec');
const pages = readPages(directory);
const invariants = [...pages].flatMap(([page, text]) => invariantsOf(page, text));
const numbers = invariants.map(({ number }) => number);

/** What speaks of invariants: the core, its tests, and the simulation. This file and the pages aside. */
const sources = readRepository(root).filter(({ path }) => /^(core|simulation)\/.*[.]ts$/.test(path));

describe('the numbered invariants', () => {
  test('are many, and each has its own number', () => {
    expect(numbers.length).toBeGreaterThan(60);
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  });

  test('of a letter are counted without gaps', () => {
    const gaps = [...new Set(numbers.map((number) => number[0]))].flatMap((letter) => {
      const counted = numbers.filter((number) => number[0] === letter);
      return counted.map((_, index) => `${letter}${index + 1}`).filter((number) => !counted.includes(number));
    });
    expect(gaps).toEqual([]);
  });

  test.each(invariants)('$number is held by tests that name it', ({ number, files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(file).toMatch(/[.]test[.]ts$/);
      expect(existsSync(join(root, file)), `${file} exists`).toBe(true);
      expect(numbersIn(readFileSync(join(root, file), 'utf8')), `${file} names ${number}`).toContain(number);
    }
  });

  test('that a test of the core names are listed with that test', () => {
    const named = sources.filter(({ path }) => path.startsWith('core/') && path.endsWith('.test.ts'));
    const unlisted = named.flatMap(({ path, text }) =>
      numbersIn(text)
        .filter(
          (number) => !invariants.some((entry) => entry.number === number && entry.files.includes(path)),
        )
        .map((number) => `${path} names ${number}`),
    );
    expect(unlisted).toEqual([]);
  });

  test('that any code names exist', () => {
    expect(sources.length).toBeGreaterThan(50);
    const unknown = sources.flatMap(({ path, text }) =>
      numbersIn(text)
        .filter((number) => !numbers.includes(number))
        .map((number) => `${path} names ${number}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe('the transition table of', () => {
  const TABLES = {
    'resource.md': printTable(RESOURCE_TRANSITIONS, RESOURCE_STATUSES, RESOURCE_EVENTS),
    'lease.md': printTable(LEASE_TRANSITIONS, LEASE_STATUSES, LEASE_EVENTS),
  };

  test.each(Object.entries(TABLES))('%s is the one of the code', (name, table) => {
    const page = pages.get(name) ?? '';
    if (process.env['UPDATE_SPEC'] === '1') writeFileSync(join(directory, name), withGenerated(page, table));
    const printed = generatedIn(readFileSync(join(directory, name), 'utf8'));
    expect(printed, 'UPDATE_SPEC=1 npx vitest run tidy/spec.test.ts writes it anew').toBe(table);
  });
});

/** Every cell of the table that a page shows. */
function cellsOf(page: string): { status: string; event: string; becomes: string | null }[] {
  const table = parseTable(generatedIn(pages.get(page) ?? '') ?? '');
  return [...table].flatMap(([status, row]) =>
    [...row].map(([event, becomes]) => ({ status, event, becomes })),
  );
}

describe('every status × every event, as the pages show it (R5, L11)', () => {
  const [resource] = new TestWorld().staticPool('boards', [{}]) as [Resource];
  const resourceCells = cellsOf('resource.md');
  const leaseCells = cellsOf('lease.md');

  test('is all there', () => {
    expect(resourceCells).toHaveLength(RESOURCE_STATUSES.length * RESOURCE_EVENTS.length);
    expect(leaseCells).toHaveLength(LEASE_STATUSES.length * LEASE_EVENTS.length);
  });

  test.each(resourceCells)('resource: $status, $event → $becomes', ({ status, event, becomes }) => {
    const next = () => nextResourceStatus({ ...resource, status } as Resource, event as ResourceEvent);
    if (becomes !== null) return expect(next()).toBe(becomes);
    expect(refusalOf(next)).toMatchObject({ code: 'resource_transition_refused' });
    expect(refusalOf(next).message).toContain(`is ${status}, so "${event}" is refused`);
  });

  test.each(leaseCells)('lease: $status, $event → $becomes', ({ status, event, becomes }) => {
    const next = () => nextLeaseStatus({ id: 'lse_1', status } as Lease, event as LeaseEvent);
    if (becomes !== null) return expect(next()).toBe(becomes);
    expect(refusalOf(next)).toMatchObject({ code: 'lease_not_active' });
    expect(refusalOf(next).message).toContain(`is ${status}, so "${event}" is refused`);
  });
});

test('the glossary knows every status', () => {
  const glossary = pages.get('glossary.md') ?? '';
  const statuses = [...RESOURCE_STATUSES, ...LEASE_STATUSES, ...MACHINE_STATES, ...LIVENESSES];
  expect(statuses.filter((status) => !glossary.includes(`\`${status}\``))).toEqual([]);
});
