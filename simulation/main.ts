import { parseArgs } from 'node:util';
import { explainRun } from './explain-run.ts';
import { PLANTS } from './plants.ts';
import { runSeed, STEPS_USUAL } from './simulation.ts';

const USAGE = `npm run sim -- [--seeds N] [--seed S] [--steps M] [--plant FAULT] [--trace]

Runs the seeds S, S+1, … S+N-1 (default: 100 seeds from 1), each for M steps (default: ${STEPS_USUAL}), and stops at the first that
breaks an invariant. --plant puts a fault into the product that has to be found: ${Object.keys(PLANTS).join(', ')}.
--trace prints everything that happens.`;

/** A whole number from an option. */
function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} is a whole number from 0, not "${text}"\n\n${USAGE}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        steps: { type: 'string', default: String(STEPS_USUAL) },
        plant: { type: 'string' },
        trace: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = readOptions();
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const [seeds, first, steps] = [
  wholeNumber('seeds', options.seeds),
  wholeNumber('seed', options.seed),
  wholeNumber('steps', options.steps),
];
const plant = options.plant === undefined ? undefined : PLANTS[options.plant];
if (options.plant !== undefined && plant === undefined) {
  console.error(`There is no fault "${options.plant}" to plant.\n\n${USAGE}`);
  process.exit(2);
}
const startedAt = process.hrtime.bigint();
let [granted, events] = [0, 0];
for (let seed = first; seed < first + seeds; seed += 1) {
  const result = await runSeed({
    seed,
    steps,
    ...(plant === undefined ? {} : { plant }),
    ...(options.trace ? { echo: (line: string) => console.log(line) } : {}),
  });
  if (result.finding !== undefined) {
    console.error(explainRun(result, { steps, plant: options.plant }));
    process.exit(1);
  }
  granted += result.granted;
  events += result.events;
}
const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
console.log(
  `${seeds} seeds of ${steps} steps hold every invariant: ${granted} leases granted, ${events} events, ` +
    `${(seeds / seconds).toFixed(1)} seeds/s`,
);
