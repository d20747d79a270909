import type { InputFault } from '../errors.ts';
import type { Json } from '../json.ts';
import { nearName } from '../near-name.ts';
import { findReferences, REFERENCE_ROOTS } from './references.ts';
import type { ReferenceRoot } from './references.ts';

const PATH = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;

/**
 * What is wrong with the references of a value as far as they can be looked at before anything runs: how they are written, and
 * what they begin with. Whether there is such a parameter is known when the run starts.
 *
 * `pointer`: where the value stands in what was given.
 */
export function referenceFaults(
  value: Json,
  pointer: string,
  roots: readonly ReferenceRoot[] = REFERENCE_ROOTS,
): InputFault[] {
  return findReferences(value, pointer).flatMap(({ pointer: at, path }) => {
    const message = faultOf(path, roots);
    return message === null ? [] : [{ pointer: at, message }];
  });
}

function faultOf(path: string | null, roots: readonly ReferenceRoot[]): string | null {
  const help = `references begin with one of ${roots.join(', ')}; for the characters themselves write $\${`;
  if (path === null) return `a reference that begins with \${ has no }; ${help}`;
  if (!PATH.test(path)) return `\${${path}} is no reference: it is written like \${resource.name}; ${help}`;
  const root = path.slice(0, path.indexOf('.'));
  if (roots.some((known) => known === root)) return null;
  if (root === 'secrets') return `\${${path}} opens a secret, which may stand in the "with" of a step alone`;
  const near = nearName(root, roots);
  const guess = near === undefined ? ';' : `; did you mean "${near}"?`;
  return `\${${path}}: there is nothing called "${root}"${guess} ${help}`;
}

/** Names of the secrets that a value refers to, each once. */
export function secretsIn(value: Json): string[] {
  const paths = findReferences(value).flatMap(({ path }) => (path?.startsWith('secrets.') ? [path] : []));
  return [...new Set(paths.map((path) => path.slice('secrets.'.length)))];
}
