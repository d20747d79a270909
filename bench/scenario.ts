import { median } from './statistics.ts';

/** What a figure has to keep to. */
export type Budget = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the table. A figure of several rounds is their median; `rounds` are all of them. */
export type Figure = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly rounds?: readonly number[];
  readonly budget?: Budget;
};

/** What a scenario measured: lines of the table, remarks that belong beside them, and everything else for the JSON. */
export type ScenarioResult = {
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
  readonly details: object;
};

export type ScenarioContext = {
  /** Seeds and data directories live below it; it is removed at the end. */
  readonly directory: string;
  /** A short run that shows that the bench works; its figures mean nothing. */
  readonly isQuick: boolean;
  /** How often each measurement is made. */
  readonly rounds: number;
  /** How large the world of a scenario is that takes a size; undefined: as large as the scenario says. */
  readonly size: number | undefined;
  /** The `poolkeeper.js` to measure. */
  readonly serverEntry: string;
  /** A PostgreSQL server for databases of the bench; undefined: one of its own is started. */
  readonly databaseUrl: string | undefined;
  /** Where CPU profiles of the server go; undefined: none are made. */
  readonly profileDirectory: string | undefined;
  /** Tells a person what goes on; no figures. */
  readonly say: (line: string) => void;
};

export type Scenario = {
  readonly name: string;
  /** What is measured, in one line. */
  readonly about: string;
  run(context: ScenarioContext): Promise<ScenarioResult>;
};

/** What a scenario answers that lacks what it needs: no figure, and a loud note. */
export function notMeasured(why: string): ScenarioResult {
  return { figures: [], notes: [`NOT MEASURED: ${why}`], details: {} };
}

export function isMet(figure: Figure): boolean | undefined {
  if (figure.budget === undefined) return undefined;
  return 'atMost' in figure.budget
    ? figure.value <= figure.budget.atMost
    : figure.value >= figure.budget.atLeast;
}

/** The figure of several rounds: their median. */
export function figureOf(what: string, unit: string, rounds: readonly number[], budget?: Budget): Figure {
  return { what, unit, value: median(rounds), rounds, ...(budget === undefined ? {} : { budget }) };
}
