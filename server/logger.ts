type Write = {
  (fields: object, message: string): void;
  (message: string): void;
};

/** The part of a structured logger that the rooms use; pino is one. Fields hold no secrets. An error goes under `err`. */
export type Logger = {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
};

/** Says nothing. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
