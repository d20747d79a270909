import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A provider of directories that keeps the contract, as lines by operation; each broken one breaks a single line of it. */
const SOUND = {
  first: '',
  create: 'mkdir -p "$S/$ID"; echo "{\\"externalId\\":\\"$ID\\"}"',
  observe:
    'n=; printf "{\\"resources\\":["; for d in "$S"/*; do [ -d "$d" ] || continue; e=${d##*/}; ' +
    'printf "%s{\\"resource\\":\\"%s\\",\\"externalId\\":\\"%s\\"}" "$n" "${e%%.*}" "$e"; n=,; done; echo "]}"',
  destroy: 'rm -rf "$S/$ID"; echo "{\\"state\\":\\"gone\\"}"',
};

export type BrokenProgram = {
  readonly what: string;
  readonly lines: Partial<typeof SOUND>;
  /** The check that fails, and what is said about it. */
  readonly check: string;
  readonly words: readonly string[];
};

/** One program for each way in which people get it wrong. */
export const BROKEN_PROGRAMS: readonly BrokenProgram[] = [
  {
    what: 'forgets the id in observe',
    lines: { observe: 'for d in "$S"/*; do [ -d "$d" ] && a=; done; echo "{\\"resources\\":[]}"' },
    check: 'what it made exists, carries our id and is observed',
    words: [
      'Rule 3: observe lists everything that was made and still exists, and nothing else. create made trial-',
      'and observe does not list it. It lists nothing.',
      'What to do: Write the resource’s id on the thing',
    ],
  },
  {
    what: 'makes a second thing on a repeated create',
    lines: {
      create: 'n=$(ls "$S" | grep -c "^$ID" || :); mkdir "$S/$ID.$n"; echo "{\\"externalId\\":\\"$ID.$n\\"}"',
    },
    check: 'creating twice makes one thing',
    words: [
      'Rule 1: create is idempotent by the resource’s id, and adopts what an earlier attempt made. A second create answers another externalId',
      'What to do: Look for what bears the resource’s id before anything is made',
    ],
  },
  {
    what: 'answers gone while it still is there',
    lines: { destroy: 'echo "{\\"state\\":\\"gone\\"}"' },
    check: 'destroying is repeated until it is gone, and then nothing is there',
    words: [
      'Rule 2: destroy is repeated until it answers gone, and what is not there is gone. destroy of trial-',
      'answered gone, and observe still lists it as RUNNING.',
      'What to do: Answer "gone" only when it was looked and nothing is there any more',
    ],
  },
  {
    what: 'never ends and ignores SIGTERM',
    lines: { create: "trap '' TERM; echo thinking >&2; while :; do sleep 1; done" },
    check: 'what it made exists, carries our id and is observed',
    words: [
      'Rule 4: a call does what it is asked for and ends in time, or says by its failure why not. create of trial-',
      'The program did not end within 1 s when asked to create and did not heed SIGTERM, so it was killed. It wrote last: thinking',
      'What to do: Make the same call by hand',
    ],
  },
  {
    what: 'says in words what it has to say in JSON',
    lines: { observe: 'echo "there are: $(ls "$S")"' },
    check: 'it says that it makes things, and nothing is there at first',
    words: [
      'Rule 4: a call does what it is asked for and ends in time, or says by its failure why not. observe failed: What the program wrote to standard output in answer to observe is no JSON: "there are:"',
      'Needed is an object such as {"resources": []}, and nothing else; a log goes to standard error.',
    ],
  },
  {
    what: 'answers JSON of another shape',
    lines: { create: 'mkdir -p "$S/$ID"; echo "{\\"id\\":\\"$ID\\"}"' },
    check: 'what it made exists, carries our id and is observed',
    words: [
      'Rule 4: a call does what it is asked for and ends in time, or says by its failure why not. create of trial-',
      "The program's answer to create is wrong. externalId: is missing; needed is your own name of the thing",
      'id: is not known. Allowed: externalId, machine, liveness, addresses, endpoints.',
    ],
  },
];

/** Writes a program into a folder: the sound one, or one with other lines. Answers its path. */
export function writeProgram(folder: string, lines: Partial<typeof SOUND> = {}): string {
  const { first, create, observe, destroy } = { ...SOUND, ...lines };
  const path = join(folder, 'program.sh');
  const head = `#!/bin/sh\nS=$POOLKEEPER_STATE_DIR; ID=\${POOLKEEPER_RESOURCE_ID-}; ${first}`;
  const cases = `case $1 in\ncreate) ${create};;\nobserve) ${observe};;\ndestroy) ${destroy};;\nesac`;
  writeFileSync(path, `${head}\n${cases}\n`, { mode: 0o755 });
  return path;
}
