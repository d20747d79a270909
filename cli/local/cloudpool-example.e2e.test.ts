import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const STORY_MS_MAX = 180_000;

test(
  'the story of examples/cloudpool comes true: a pool is made, filled, mended and shrunk by curl',
  async () => {
    const child = spawn(process.execPath, [join(root, 'examples', 'cloudpool', 'run.js')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect(code, said).toBe(0);
    const essential = [
      /\$ curl -s -X POST \S+\/cloudpools\/web\n +\(201\)/,
      /"desiredSize":5/,
      /\/vanish\?id=/,
      /RUNNING {2}new/,
      /"evictable":false/,
      /All of it came as it was told\./,
    ];
    for (const line of essential) expect(said).toMatch(line);
  },
  STORY_MS_MAX,
);
