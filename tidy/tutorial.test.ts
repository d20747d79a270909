import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, delimiter } from 'node:path';
import { platform } from 'node:process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BashSession } from './bash-session.ts';
import { isLook, steadyText, stepsOf } from './page-blocks.ts';
import type { Step } from './page-blocks.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs', 'tutorial.md'), 'utf8');

/** How often a look may be repeated until it shows what the page says, and how long between two, in milliseconds. */
const LOOKS_MAX = 60;
const BETWEEN_LOOKS_MS = 200;
const TUTORIAL_MS_MAX = 240_000;
/** Fewer steps than this are not the tutorial. */
const STEPS_MIN = 20;

/** Types a step, looks again while what is seen is not yet what the page shows; answers what was seen at last. */
async function follow(bash: BashSession, step: Step): Promise<string> {
  for (let look = 1; ; look += 1) {
    const seen = await bash.type(step.commands);
    const isAsShown = step.shown === null || steadyText(seen) === steadyText(step.shown);
    if (isAsShown || !isLook(step) || look === LOOKS_MAX) return seen;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}

/** What runs in a folder, by its working directory. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

describe.skipIf(platform !== 'linux')('docs/tutorial.md', () => {
  test(
    'every command works as written, in this order, and shows what the page says',
    async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'poolkeeper-tutorial-')));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      for (const name of ['node_modules', 'examples']) symlinkSync(join(root, name), join(folder, name));
      const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('POOLKEEPER_'));
      const environment = {
        ...Object.fromEntries(inherited),
        PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
        // Whatever the page makes is made in the folder, and its server listens at a free port.
        TMPDIR: folder,
        POOLKEEPER_LISTEN: '127.0.0.1:0',
      };
      const steps = stepsOf(page);
      expect(steps.length).toBeGreaterThanOrEqual(STEPS_MIN);
      {
        await using bash = new BashSession({ folder, environment });
        for (const step of steps) {
          const where = `docs/tutorial.md, line ${step.line}`;
          const seen = await follow(bash, step).catch((cause: unknown) => {
            throw new Error(`${where}: ${String(cause)}`, { cause });
          });
          if (step.shown !== null) expect(steadyText(seen), where).toBe(steadyText(step.shown));
        }
        expect(processesIn(folder).length, 'what runs besides bash when the page is over').toBe(1);
      }
    },
    TUTORIAL_MS_MAX,
  );
});
