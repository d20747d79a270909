/** Where a path in a page has to begin, so that `GET /v1/pools` or `application/json` is not taken for one. */
const ROOMS = /^(core|server|client|cli|dashboard|simulation|bench|examples|docs|deploy|tidy|openapi)\//;

/**
 * The paths of this repository that a Markdown page names: in backticks, in code blocks and drawings, and as the
 * target of a link (from `docs/`, so `../core/lease.ts` is one). Each once, in the order of the page.
 */
export function namedPaths(page: string): string[] {
  const words = page.match(/[\w@.-]+(\/[\w@.-]+)+\/?/g) ?? [];
  const paths = words.map((word) => word.replace(/^(\.\.?\/)+/, '').replace(/[.]$/, ''));
  return [...new Set(paths.filter((path) => ROOMS.test(`${path}/`)))];
}
