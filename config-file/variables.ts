import { isScalar, Scalar, visit } from 'yaml';
import type { Document } from 'yaml';

/** Characters that variables may add to one file. */
export const VARIABLES_LENGTH_MAX = 1_048_576;

const START = '${env.';
/** `$${env.` stands for `${env.` itself. */
const REFERENCE = /\$?\$\{env\.(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;

export type Environment = Readonly<Record<string, string | undefined>>;
export type VariableFault = { readonly offset: number; readonly message: string };

/**
 * Puts the values of variables into the texts of a document: `${env.NAME}`, or `${env.NAME:-default}` for one that may be
 * missing or empty. Names of members stay as they are.
 *
 * Shape: changes the document; answers what is wrong. A value that is nothing but one variable, written without quotes, is a
 * number or true or false where it reads like one; everything else stays text, whatever is in the variable.
 */
export function fillVariables(document: Document.Parsed, environment: Environment): VariableFault[] {
  const faults: VariableFault[] = [];
  const filler = { environment, left: VARIABLES_LENGTH_MAX };
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes(START)) return;
      const offset = node.range?.[0] ?? 0;
      const { text, problem } = fill(filler, node.value);
      if (problem === undefined) node.value = isBare(node) ? readBare(text) : text;
      else faults.push({ offset, message: problem });
    },
  });
  return faults;
}

function fill(
  filler: { readonly environment: Environment; left: number },
  text: string,
): { text: string; problem?: string } {
  let problem: string | undefined;
  const filled = text.replaceAll(REFERENCE, (whole, name?: string, otherwise?: string) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    if (name === undefined) {
      problem ??=
        'a variable is written ${env.NAME} or ${env.NAME:-default}; for the characters themselves write $${env.';
      return whole;
    }
    const found = filler.environment[name];
    const value = found === undefined || found === '' ? (otherwise ?? found) : found;
    if (value === undefined)
      problem ??= `the variable ${name} is not set; set it, or write \${env.${name}:-default}`;
    filler.left -= value?.length ?? 0;
    if (filler.left < 0) problem ??= `variables add more than ${VARIABLES_LENGTH_MAX} characters; write less`;
    return value ?? whole;
  });
  return problem === undefined ? { text: filled } : { text, problem };
}

/** Is the value nothing but one variable, without quotes? */
function isBare(node: Scalar): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && /^\$\{env\.[^}]*\}$/.test(node.source ?? '');
}

function readBare(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}
