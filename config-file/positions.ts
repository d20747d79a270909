import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { pointerParts } from './pointer.ts';

/** How far aliases are followed on the way to one member. */
const ALIASES_FOLLOWED_MAX = 32;

/**
 * At which character the member that a pointer leads to stands: at its name in a map, at its beginning in a list.
 *
 * What is not there, because it is missing or came from somewhere else, is looked for where it should be: at the nearest
 * thing around it.
 */
export function offsetIn(document: Document.Parsed, pointer: string): number {
  let node = follow(document, document.contents);
  let offset = document.contents?.range[0] ?? 0;
  for (const part of pointerParts(pointer)) {
    let next: unknown;
    if (isMap(node)) {
      const pair = findPair(document, node, part, 0);
      offset = startOf(pair?.key) ?? offset;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      offset = startOf(next) ?? offset;
    }
    if (next === undefined || next === null) break;
    node = follow(document, next);
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function follow(document: Document.Parsed, start: unknown): unknown {
  let node = start;
  for (let step = 0; isAlias(node) && step < ALIASES_FOLLOWED_MAX; step += 1) node = node.resolve(document);
  return node;
}

function findPair(document: Document.Parsed, map: YAMLMap, name: string, depth: number): Pair | undefined {
  const own = map.items.find((pair) => keyText(pair) === name);
  if (own !== undefined || depth >= ALIASES_FOLLOWED_MAX) return own;
  for (const pair of map.items) {
    if (keyText(pair) !== '<<') continue;
    const value = follow(document, pair.value);
    for (const source of isSeq(value) ? value.items : [value]) {
      const merged = follow(document, source);
      const found = isMap(merged) ? findPair(document, merged, name, depth + 1) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The key of a merge ("<<") is a symbol to the parser. */
function keyText(pair: unknown): string | undefined {
  if (!isPair(pair) || !isScalar(pair.key)) return undefined;
  const { value } = pair.key;
  return typeof value === 'symbol' ? value.description : String(value);
}
