import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that a page or a comment shows. */
export type Example = { readonly name: string; readonly code: string };

const room = join(import.meta.dirname, '..');
/** Sources that show examples; tests and generated files show none. */
const SOURCE = /(?<![.](?:test|gen))[.]ts$/;

/** The TypeScript examples of the SDK's README, of the repository's, and of the comments of the SDK, in their order. */
export function readExamples(): Example[] {
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((file) => SOURCE.test(file) && !file.startsWith('testing'))
    .toSorted();
  return ['README.md', join('..', 'README.md'), ...files].flatMap((file) => {
    const text = readFileSync(join(room, file), 'utf8');
    return examplesIn(file, file.endsWith('.md') ? text : withoutStars(text));
  });
}

function examplesIn(file: string, text: string): Example[] {
  const found = [...text.matchAll(/^```ts\n(.*?)^```$/gms)];
  return found.map(([, code = ''], index) => ({ name: `${file}, example ${index + 1}`, code }));
}

/** Comments as text: `   * text` is `text`. */
function withoutStars(text: string): string {
  return text.replaceAll(/^ *\* ?/gm, '');
}
