import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { OPERATIONS, SECRET_ANSWERS } from './protocol.ts';
import type { AnswerTo, Operation } from './protocol.ts';
import { memberPath, shapeFaults } from './shape-faults.ts';

/** Characters of what is no JSON that are repeated to its author. */
const SHOWN_LENGTH_MAX = 60;

/** A program answered what the protocol does not know. The message says which member is wrong and what is allowed. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
/** Each is compiled with the first answer of its operation. */
const validators = new Map<Operation, ValidateFunction>();

function validatorOf(operation: Operation): ValidateFunction {
  const known = validators.get(operation) ?? ajv.compile(OPERATIONS[operation].answer);
  validators.set(operation, known);
  return known;
}

/**
 * Reads what a program wrote to standard output.
 *
 * Errors: `WrongAnswer`.
 */
export function readAnswer<O extends Operation>(operation: O, text: string): AnswerTo<O> {
  const value = parse(operation, text);
  const faults = shapeFaults(validatorOf(operation), value, SECRET_ANSWERS.has(operation));
  if (faults.length === 0) return value as AnswerTo<O>;
  const list = faults.map(({ pointer, message }) => {
    const member = memberPath(pointer);
    return member === '' ? message : `${member}: ${message}`;
  });
  throw new WrongAnswer(`The program's answer to ${operation} is wrong. ${list.join(' ')}`);
}

function parse(operation: Operation, text: string): unknown {
  const trimmed = text.trim();
  const needed = OPERATIONS[operation].answer.title;
  if (trimmed === '') {
    throw new WrongAnswer(
      `The program wrote nothing to standard output in answer to ${operation}; needed is ${needed}.`,
    );
  }
  try {
    return JSON.parse(trimmed);
  } catch (cause) {
    if (SECRET_ANSWERS.has(operation)) {
      // The cause repeats the text, so it is none.
      throw new WrongAnswer(
        `What the program wrote to standard output in answer to ${operation} is no JSON; it is not shown, because it may hold a ` +
          `credential. Needed is ${needed}, and nothing else; a log goes to standard error.`,
      );
    }
    const shown = trimmed.length > SHOWN_LENGTH_MAX ? `${trimmed.slice(0, SHOWN_LENGTH_MAX)}…` : trimmed;
    const message =
      `What the program wrote to standard output in answer to ${operation} is no JSON: ` +
      `${JSON.stringify(shown)}. Needed is ${needed}, and nothing else; a log goes to standard error.`;
    throw new WrongAnswer(message, { cause });
  }
}
