import { CloudPoolError } from './errors.ts';

/** Characters of the name of an instance. */
const NAME_LENGTH_MAX = 255;
const NAME = /^[A-Za-z0-9_.-]+$/;

/** Errors: `invalid` for a name that none can have; one that means a directory would be one to programs beside us. */
export function requireName(name: string): void {
  const shown = name.slice(0, NAME_LENGTH_MAX);
  const refuse = (why: string): never => {
    throw new CloudPoolError('invalid', `invalid cloudpool name '${shown}': ${why}`);
  };
  if (!NAME.test(name)) refuse('letters, digits, "_", "-" and "." are allowed');
  if (name === '.' || name === '..') refuse('it means a directory');
  if (name.length > NAME_LENGTH_MAX) refuse(`it may have ${NAME_LENGTH_MAX} characters`);
}

export function alreadyExists(what: string, cause?: unknown): CloudPoolError {
  return new CloudPoolError('invalid', `cloud pool instance already exists: ${what}`, { cause });
}
