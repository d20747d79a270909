import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const PAGES = globSync('{*.md,{docs,client,examples}/**/*.md}', { cwd: root }).toSorted();
/** Fewer links than this were not all found. */
const LINKS_MIN = 60;

type Link = { readonly page: string; readonly path: string; readonly heading: string | undefined };

function linksOf(page: string): Link[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, path = '', heading]) => ({
    page,
    path: path === '' ? page : join(dirname(page), path),
    heading,
  }));
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every link of a page leads to a file that there is, and to a heading of it', () => {
  const links = PAGES.flatMap(linksOf);
  expect(links.length).toBeGreaterThan(LINKS_MIN);
  const dead = links.filter(({ path, heading }) => {
    if (!existsSync(join(root, path))) return true;
    return heading !== undefined && path.endsWith('.md') && !anchorsOf(path).includes(heading);
  });
  expect(dead).toEqual([]);
});

test('README.md leads to every page for users', () => {
  const found = new Set(linksOf('README.md').map(({ path }) => path));
  const pages = globSync('docs/*.md', { cwd: root }).toSorted();
  expect(pages.length).toBeGreaterThan(0);
  expect(pages.filter((page) => !found.has(page))).toEqual([]);
});
