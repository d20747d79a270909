/** A "no" to a client: the whole text of its body, without the newline at its end. */
export class BoskosError extends Error {
  override readonly name = 'BoskosError';
  readonly status: number;

  constructor(status: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.status = status;
  }
}

/** `prefix` is what the endpoint says before every refusal; `subject` a type, a name or a state. */
export function notAvailable(prefix: string, subject: string): BoskosError {
  return new BoskosError(404, `${prefix}no available resource ${subject}, try again later.`);
}

/** The only text that a client of the original looks for. */
export function noSuchType(prefix: string, type: string): BoskosError {
  return new BoskosError(404, `${prefix}resource type ${JSON.stringify(type)} does not exist`);
}

export function wrongMethod(message: string): BoskosError {
  return new BoskosError(405, message);
}
