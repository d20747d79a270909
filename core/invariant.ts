/** Thrown when the program itself is wrong; nobody's input can cause it. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** States what the code around it relies on. A failure is a defect: the step crashes, the process does not. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** Makes an unhandled case of a union a compile error, and a defect when it happens all the same. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unhandled case ${JSON.stringify(value)}`);
}
