import type { Json, JsonObject } from '../json.ts';
import type { SecretUse } from '../model/run.ts';

/** What a reference may start with. Secrets are named here and opened only where the step is run. */
export const REFERENCE_ROOTS = ['resource', 'params', 'lease', 'run', 'pool', 'secrets'] as const;
export type ReferenceRoot = (typeof REFERENCE_ROOTS)[number];

/** `${root.member.member}`; `$${` stands for the characters themselves. */
const REFERENCE = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const PATH = /^[a-zA-Z]+(\.[A-Za-z0-9_-]+)+$/;
/** Nesting and values of a step's input; what is deeper or more is a fault, so that filling in has a bound. */
const DEPTH_MAX = 16;

/** A reference as it stands in a text. */
export type Reference = {
  readonly root: ReferenceRoot;
  readonly path: readonly string[];
  readonly text: string;
};

/** Something wrong with references: where it is (RFC 6901 pointer into the value), and what to do about it. */
export type ReferenceFault = { readonly pointer: string; readonly message: string };

/** What references are looked up in; a root that is undefined has nothing. Secrets are not in it. */
export type Scope = Readonly<Record<Exclude<ReferenceRoot, 'secrets'>, JsonObject | undefined>>;

export type FilledIn = {
  readonly value: Json;
  readonly secrets: readonly SecretUse[];
  readonly faults: readonly ReferenceFault[];
};

type Part = string | Reference | { readonly fault: string };

/** Every reference in the texts of a value, and what is wrong with the way they are written. */
export function referencesOf(value: Json): {
  readonly references: readonly Reference[];
  readonly faults: readonly ReferenceFault[];
} {
  const references: Reference[] = [];
  const faults: ReferenceFault[] = [];
  walk(
    value,
    '',
    (text, pointer) => {
      for (const part of partsOf(text)) {
        if (typeof part === 'string') continue;
        if ('fault' in part) faults.push({ pointer, message: part.fault });
        else references.push(part);
      }
      return text;
    },
    faults,
  );
  return { references, faults };
}

/**
 * Puts values in the place of references. A text that is one reference takes the value with its type; inside a longer text a
 * value must be text, a number or a boolean. Each text is filled in once: what a value holds is never read as a reference.
 *
 * Shape: texts that name secrets become null in `value`, and a `SecretUse` says how to put them together.
 */
export function fillIn(value: Json, scope: Scope): FilledIn {
  const secrets: SecretUse[] = [];
  const faults: ReferenceFault[] = [];
  const filled = walk(
    value,
    '',
    (text, pointer) => {
      const fault = (message: string): void => void faults.push({ pointer, message });
      return fillText(text, { scope, fault, use: (parts) => secrets.push({ pointer, parts }) });
    },
    faults,
  );
  return { value: filled, secrets, faults };
}

type TextFilling = {
  readonly scope: Scope;
  readonly fault: (message: string) => void;
  readonly use: (parts: SecretUse['parts']) => void;
};

function fillText(text: string, { scope, fault, use }: TextFilling): Json {
  const parts = partsOf(text);
  const filled: (Json | { readonly secret: string })[] = [];
  for (const part of parts) {
    if (typeof part === 'string') filled.push(part);
    else if ('fault' in part) fault(part.fault);
    else if (part.root === 'secrets') filled.push({ secret: part.path.join('.') });
    else {
      const found = lookUp(scope, part);
      if (found === undefined) fault(missing(part, scope));
      else if (parts.length > 1 && typeof found === 'object') {
        fault(
          `${part.text} is ${Array.isArray(found) ? 'a list' : 'an object or null'}, which cannot stand inside a text`,
        );
      } else filled.push(found);
    }
  }
  if (parts.some((part) => typeof part !== 'string' && 'root' in part && part.root === 'secrets')) {
    use(filled.map((part) => (isSecret(part) ? part : asText(part))));
    return null;
  }
  return filled.length === 1 ? (filled[0] as Json) : filled.map((part) => asText(part as Json)).join('');
}

/** A number or a boolean in a text stands as JSON writes it. */
function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isSecret(part: unknown): part is { readonly secret: string } {
  return typeof part === 'object' && part !== null && 'secret' in part;
}

function lookUp(scope: Scope, { root, path }: Reference): Json | undefined {
  let found: Json | undefined = scope[root as Exclude<ReferenceRoot, 'secrets'>];
  for (const name of path) {
    if (found === undefined || found === null || typeof found !== 'object') return undefined;
    found = Object.hasOwn(found, name) ? (found as JsonObject)[name] : undefined;
  }
  return found;
}

function missing({ root, path, text }: Reference, scope: Scope): string {
  if (root === 'lease' && scope.lease === undefined)
    return `${text} is not there: no lease is part of this move`;
  if (root === 'params')
    return `${text} is not there: give the resource, or a profile of it, the parameter "${path[0]}"`;
  return `${text} is not there`;
}

function partsOf(text: string): Part[] {
  if (!text.includes('${')) return [text];
  const parts: Part[] = [];
  let literal = '';
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === '$${') {
      literal += '${';
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(readReference(match[0], match[1]));
  }
  literal += text.slice(end);
  if (literal !== '' || parts.length === 0) parts.push(literal);
  return parts;
}

function readReference(text: string, inner: string | undefined): Part {
  if (inner === undefined)
    return { fault: 'a reference is not closed; write ${params.name}, or $${ for the characters' };
  const [root, ...path] = inner.trim().split('.');
  if (!PATH.test(inner.trim()))
    return { fault: `${text} is no reference; write \${params.name}, or $\${ for the characters themselves` };
  if (!(REFERENCE_ROOTS as readonly string[]).includes(root as string))
    return { fault: `${text} starts with none of ${REFERENCE_ROOTS.join(', ')}` };
  return { root: root as ReferenceRoot, path, text };
}

/** The value with each of its texts changed. */
function walk(
  value: Json,
  pointer: string,
  change: (text: string, pointer: string) => Json,
  faults: ReferenceFault[],
  depth = 0,
): Json {
  if (depth > DEPTH_MAX) {
    faults.push({ pointer, message: `is nested more than ${DEPTH_MAX} deep; write it flatter` });
    return null;
  }
  if (typeof value === 'string') return change(value, pointer);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value))
    return (value as readonly Json[]).map((one, index) =>
      walk(one, `${pointer}/${index}`, change, faults, depth + 1),
    );
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, one]) => {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [name, walk(one, at, change, faults, depth + 1)];
    }),
  );
}
