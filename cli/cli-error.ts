/** An end of a command that is nobody's defect: what happened, what to do next, and the exit code that says so. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly advice: string;
  readonly exitCode: number;

  constructor(message: string, options: { advice: string; exitCode: number; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.advice = options.advice;
    this.exitCode = options.exitCode;
  }
}
