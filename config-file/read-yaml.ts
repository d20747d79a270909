import type { InputFault, Json } from '@poolkeeper/core';
import { LineCounter, parseDocument, visit } from 'yaml';
import type { Document, YAMLError } from 'yaml';
import { ConfigurationError, faultOfFile } from './configuration-error.ts';
import type { ConfigurationFault, Position } from './configuration-error.ts';
import { checkPlain } from './plain-value.ts';
import { memberPath } from './pointer.ts';
import { offsetIn } from './positions.ts';
import { fillVariables } from './variables.ts';
import type { Environment } from './variables.ts';

/** `*name` in one file: enough to share a template among many pools. */
export const ALIASES_MAX = 1_000;

/** What a file says, and where it says it. */
export type YamlFile = {
  readonly file: string;
  readonly value: Json;
  readonly locate: (pointer: string) => Position;
};

/**
 * Reads YAML 1.2, of which JSON is a part, and fills in variables. Anchors, aliases and `<<` are understood, within bounds.
 *
 * Errors: `ConfigurationError` with every fault of syntax, every variable that is not set, or the first value that is no JSON.
 */
export function readYaml(file: string, text: string, environment: Environment): YamlFile {
  const lines = new LineCounter();
  const document = parse(file, text, lines);
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const asFault = (offset: number, message: string): ConfigurationFault => ({
    ...at(offset),
    pointer: '',
    member: '',
    message,
  });
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) {
    throw new ConfigurationError(
      wrong.map(({ code, message, pos }) => asFault(pos[0], explainSyntax(code, message))),
    );
  }
  const unset = fillVariables(document, environment);
  if (unset.length > 0)
    throw new ConfigurationError(unset.map(({ offset, message }) => asFault(offset, message)));
  const locate = (pointer: string): Position => at(offsetIn(document, pointer));
  const refuse = ({ pointer, message }: InputFault, cause?: unknown): ConfigurationError =>
    new ConfigurationError([{ ...locate(pointer), pointer, member: memberPath(pointer), message }], {
      cause,
    });
  const value = toValue(document, refuse);
  const fault = checkPlain(value);
  if (fault !== undefined) throw refuse(fault);
  return { file, value: value as Json, locate };
}

function parse(file: string, text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, merge: true });
  } catch (cause) {
    // The parser calls itself for what is nested; a file that is nested so deeply is no configuration.
    const message = 'the file is nested too deeply to be read; write it flatter';
    throw new ConfigurationError([faultOfFile(file, message)], { cause });
  }
}

/** The parser's words, and for mistakes that are often made what to do about them. */
function explainSyntax(code: YAMLError['code'], message: string): string {
  const said = `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'the member is there already; keep one of the two';
    case 'TAB_AS_INDENT':
      return 'a tab is used for indentation; use spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here ("---"); keep all in one document';
    case 'TAG_RESOLVE_FAILED':
      return `${message.charAt(0).toLowerCase()}${message.slice(1)}; leave the tag ("!…") out`;
    default:
      return said;
  }
}

function toValue(document: Document.Parsed, refuse: (fault: InputFault, cause?: unknown) => Error): unknown {
  let aliases = 0;
  visit(document, {
    Alias: () => {
      aliases += 1;
      return aliases > ALIASES_MAX ? visit.BREAK : undefined;
    },
  });
  if (aliases > ALIASES_MAX) {
    const message = `the file has more than ${ALIASES_MAX} aliases ("*name"); write values out`;
    throw refuse({ pointer: '', message });
  }
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const message = text.startsWith('Excessive')
      ? 'aliases ("*name") multiply each other beyond all bounds; write values out'
      : `an alias or a merge ("<<") cannot be used: ${text}`;
    throw refuse({ pointer: '', message }, error);
  }
}
