import { resolve } from 'node:path';
import { flagName, SettingsError } from './environment.ts';

/** What a drop-in is told: options as they were typed, and variables. Options win. */
export type FlagSources<F extends object> = {
  readonly flags: F;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths start there. */
  readonly workingDirectory: string;
};

/** The options that take a text. */
export type TextFlag<F extends object> = {
  [K in keyof F]-?: string extends F[K] ? K : never;
}[keyof F] &
  string;

const PORT = /^[1-9]\d{0,4}$/;
const PORT_MAX = 65_535;

/** Reads the options and variables of a drop-in, and gathers everything that is wrong with them. */
export class FlagReader<F extends object> {
  readonly #sources: FlagSources<F>;
  readonly #problems: string[] = [];

  constructor(sources: FlagSources<F>) {
    this.#sources = sources;
  }

  get flags(): F {
    return this.#sources.flags;
  }

  /** Null: neither the option nor the variable says anything. An empty variable is none. */
  text(flag: TextFlag<F>, variable?: string): string | null {
    const typed = this.#sources.flags[flag] as string | undefined;
    if (typed !== undefined) return typed;
    const text = variable === undefined ? undefined : this.#sources.environment[variable];
    return text === undefined || text === '' ? null : text;
  }

  /** Absolute. */
  path(flag: TextFlag<F>, variable?: string): string | null {
    const text = this.text(flag, variable);
    return text === null || text === '' ? null : resolve(this.#sources.workingDirectory, text);
  }

  /** A word that is neither is refused: what guards a server must not be off by a slip of the pen. */
  truth(isFlag: boolean | undefined, variable: string): boolean {
    const text = this.#sources.environment[variable] ?? '';
    if (isFlag === true || text === 'true') return true;
    if (text !== '' && text !== 'false') this.refuse(`${variable} has to be true or false`);
    return false;
  }

  port(flag: TextFlag<F>, variable?: string): number | null {
    const text = this.text(flag, variable);
    if (text === null) return null;
    if (PORT.test(text) && Number(text) <= PORT_MAX) return Number(text);
    return this.refuse(
      `${flagName(flag)} has to be a port from 1 to ${PORT_MAX}, not ${JSON.stringify(text)}`,
    );
  }

  url(flag: TextFlag<F>, variable?: string): string | null {
    const text = this.text(flag, variable);
    if (text === null) return null;
    const url = URL.parse(text);
    if (url !== null && /^https?:$/.test(url.protocol)) return text;
    return this.refuse(`${flagName(flag)} has to be an address such as http://127.0.0.1:9100`);
  }

  /** Answers null, so that a value can be left out by refusing it. */
  refuse(problem: string): null {
    this.#problems.push(problem);
    return null;
  }

  /** Takes over what another reader finds wrong. */
  take<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      this.#problems.push(...error.lines);
      return null;
    }
  }

  /** Errors: `SettingsError` with everything that is wrong. */
  end<T>(value: T | null): T {
    if (value === null || this.#problems.length > 0) throw new SettingsError(this.#problems);
    return value;
  }
}
