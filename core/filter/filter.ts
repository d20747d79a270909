import { Environment } from '@marcbachmann/cel-js';
import { refuseInput } from '../errors.ts';
import type { JsonObject } from '../json.ts';

/** Characters of a filter's text. */
export const FILTER_LENGTH_MAX = 1_024;
/** Nodes of a filter's syntax tree. */
const FILTER_NODES_MAX = 200;
const FILTER_DEPTH_MAX = 24;
/** Compiled filters kept; the text is the key. */
const FILTER_CACHE_MAX = 1_000;
/** Walks over a list (`exists`, `all`…), which must not be nested: nesting multiplies the cost. */
const WALKS = ['all', 'exists', 'exists_one', 'map', 'filter'];
/**
 * All that a filter may call. Regular expressions are not among it, since some take forever, nor is what a few characters of
 * text can make something huge with: `split`, `join`, and names for parts (`cel.bind`).
 */
const CALLS = [
  ...WALKS,
  ...'has size startsWith endsWith contains indexOf lastIndexOf substring lowerAscii upperAscii trim'.split(
    ' ',
  ),
  ...'int uint double string bool dyn type'.split(' '),
];

/** What a filter sees of a resource. */
export type FilterSubject = {
  readonly name: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly params: JsonObject;
  readonly addresses: readonly string[];
};

/** A filter that was checked: answers whether a resource fits. */
export type Filter = (subject: FilterSubject) => boolean;

const environment = new Environment({
  limits: {
    maxAstNodes: FILTER_NODES_MAX,
    maxDepth: FILTER_DEPTH_MAX,
    maxListElements: 100,
    maxMapEntries: 50,
    maxCallArguments: 8,
  },
})
  .registerVariable('name', 'string')
  .registerVariable('kind', 'string')
  .registerVariable('labels', 'map<string, string>')
  .registerVariable('params', 'map<string, dyn>')
  .registerVariable('addresses', 'list<string>');

const compiled = new Map<string, Filter>();

/**
 * Compiles a CEL expression over a resource.
 *
 * Shape: the answer is a pure function; a resource without a member that the expression reads does not fit.
 * Bounds: length, nodes and depth; only calls whose cost and result are linear, and no walk inside a walk.
 * Errors: `invalid_filter`, with the character that is wrong.
 */
export function compileFilter(text: string, pointer = '/filter'): Filter {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const filter = compile(text, pointer);
  if (compiled.size >= FILTER_CACHE_MAX) compiled.delete(compiled.keys().next().value as string);
  compiled.set(text, filter);
  return filter;
}

function compile(text: string, pointer: string): Filter {
  const refuse = (reason: string, at?: number) =>
    refuseInput(pointer, at === undefined ? reason : `${reason} (at character ${at + 1})`, 'invalid_filter');
  if (text.trim() === '') throw refuse('The filter is empty; leave it out to accept every resource');
  if (text.length > FILTER_LENGTH_MAX)
    throw refuse(`The filter is longer than ${FILTER_LENGTH_MAX} characters`);
  let expression;
  try {
    expression = environment.parse(text);
  } catch (error) {
    throw refuse(firstLine(error), positionOf(error));
  }
  const costly = findCostly(expression.ast, false);
  if (costly !== null) throw refuse(costly.reason, costly.at);
  const check = expression.check();
  if (!check.valid) throw refuse(firstLine(check.error), positionOf(check.error));
  if (check.type !== 'bool' && check.type !== 'dyn') {
    throw refuse(`The filter yields a ${check.type}; it must be true or false`);
  }
  return (subject) => {
    try {
      return expression(subject) === true;
    } catch {
      // A member that this resource lacks, or one of another type: it does not fit.
      return false;
    }
  };
}

type Node = { op: string; args: unknown; pos?: number };

/** Finds what could cost more than a walk over the resource: calls that are not offered, and walks inside walks. */
function findCostly(node: unknown, inWalk: boolean): { reason: string; at: number | undefined } | null {
  if (Array.isArray(node)) {
    for (const part of node) {
      const found = findCostly(part, inWalk);
      if (found !== null) return found;
    }
    return null;
  }
  if (node === null || typeof node !== 'object' || !('op' in node)) return null;
  const { op, args, pos } = node as Node;
  const called = (op === 'call' || op === 'rcall') && Array.isArray(args) ? (args[0] as string) : null;
  if (called !== null && !CALLS.includes(called)) {
    return { reason: `${called}() is not offered; there are ${CALLS.join(', ')}`, at: pos };
  }
  const isWalk = called !== null && WALKS.includes(called);
  if (isWalk && inWalk)
    return { reason: `${called}() inside another walk over a list is not offered`, at: pos };
  return findCostly(args, inWalk || isWalk);
}

function firstLine(error: unknown): string {
  return error instanceof Error
    ? (error.message.split('\n')[0] as string)
    : 'The filter is not a CEL expression';
}

function positionOf(error: unknown): number | undefined {
  const { node, range } = (error ?? {}) as { node?: { pos?: number }; range?: { start?: number } };
  return node?.pos ?? range?.start;
}
