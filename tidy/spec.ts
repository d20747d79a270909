import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One numbered sentence of `docs/spec/`, and the test files that hold it. */
export type Invariant = { number: string; page: string; files: string[] };

const NUMBER = /\b[RLPQJWTNUMSCH][1-9]\d?\b/g;

/** The numbers of invariants that a text names, each once. */
export function numbersIn(text: string): string[] {
  return [...new Set(text.match(NUMBER) ?? [])];
}

/** The invariants of a page: paragraphs that begin with a number in bold, each followed by "Held by" and its files. */
export function invariantsOf(page: string, text: string): Invariant[] {
  return text.split(/\n{2,}/).flatMap((paragraph) => {
    const number = /^\*\*([RLPQJWTNUMSCH]\d+)\.\*\* /.exec(paragraph)?.[1];
    if (number === undefined) return [];
    const [, heldBy = ''] = paragraph.split('\nHeld by ');
    return [{ number, page, files: [...heldBy.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string) }];
  });
}

/** Every page of the directory, by name. */
export function readPages(directory: string): Map<string, string> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.md'));
  return new Map(names.toSorted().map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

/** A total table as Markdown: a row for each status, a column for each event, a dash for a refusal. */
export function printTable<S extends string, E extends string>(
  table: Record<S, Record<E, S | null>>,
  statuses: readonly S[],
  events: readonly E[],
): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['status', ...events]),
    row(['---', ...events.map(() => '---')]),
    ...statuses.map((status) =>
      row([`**${status}**`, ...events.map((event) => table[status][event] ?? '–')]),
    ),
  ].join('\n');
}

/** The cells of a printed table: status → event → what it becomes, null where that is refused. */
export function parseTable(text: string): Map<string, Map<string, string | null>> {
  const rows = text.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const [head = [], , ...body] = rows;
  return new Map(
    body.map(([status = '', ...cells]) => [
      status.replaceAll('*', ''),
      new Map(cells.map((cell, index) => [head[index + 1] ?? '', cell === '–' ? null : cell])),
    ]),
  );
}

const GENERATED = /<!-- generated: transitions -->\n([\s\S]*?)<!-- end -->/;

/** What stands between the marks of a page; undefined where there are none. */
export function generatedIn(page: string): string | undefined {
  return GENERATED.exec(page)?.[1]?.trim();
}

export function withGenerated(page: string, content: string): string {
  return page.replace(GENERATED, `<!-- generated: transitions -->\n\n${content}\n\n<!-- end -->`);
}
