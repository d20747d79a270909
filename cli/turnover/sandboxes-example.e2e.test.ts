import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** examples/sandboxes, run as its page says: its story comes true, and it would say so if it did not. */

const root = join(import.meta.dirname, '..', '..');
const STORY_MS_MAX = 120_000;

async function tell(examples: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(examples, 'sandboxes', 'run.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

test(
  'the story of the sandboxes comes true: wiped, proven, held, freed, and verified against who edits',
  async () => {
    const { code, said } = await tell(join(root, 'examples'));
    expect(code, said).toBe(0);
    const essential = [
      /ann +1 +verified +empty, look/,
      /is held while cleaning: step "look" of workflow "nothing-left" failed: .*still there: \.netrc/,
      /Nothing was granted within 1s/,
      /retried sandboxes-\w+ /,
      /ben +2 +verified +empty, look failed, look/,
      /cat +3 +verified +empty, look/,
      /PROVEN: .*\n(.*\n)+.*Record 2: what it says is not what was signed\./,
      /TAMPERED WITH: .*\n(.*\n)+.*Record 2 is missing before record 3\./,
      /A GAP: /,
      /All of it came as it was told\./,
    ];
    for (const line of essential) expect(said).toMatch(line);
  },
  STORY_MS_MAX,
);

test(
  'the story ends with 1 and says where, when the look proves nothing',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'poolkeeper-story-'));
    try {
      cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
      for (const name of ['cli', 'docs']) symlinkSync(join(root, name), join(folder, name));
      writeFileSync(join(folder, 'examples', 'sandboxes', 'look.sh'), '#!/bin/sh\nexit 0\n');
      const { code, said } = await tell(join(folder, 'examples'));
      expect(said).toContain('After lease 2 the sandbox is free, not held.');
      expect(said).not.toContain('3. ');
      expect(code).toBe(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  STORY_MS_MAX,
);
