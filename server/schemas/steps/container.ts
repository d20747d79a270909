import type { InputFault, JsonObject } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, OneOf, Whole } from '../common.ts';
import { shellCommandFaults } from './shell-words.ts';
import { Arguments, StepText, Variables, inputChecker } from './step-input.ts';

const IMAGE_LENGTH_MAX = 512;
const PATH_LENGTH_MAX = 1_024;
const PEM_LENGTH_MAX = 65_536;
const HOST_LENGTH_MAX = 255;
const USER_LENGTH_MAX = 128;
const MOUNTS_MAX = 32;
const CPUS_MIN = 0.01;
const CPUS_MAX = 1_024;
const PIDS_MAX = 1_048_576;
/** What an engine takes as the name of a volume or a network; it cannot be a path. */
const ENGINE_NAME_PATTERN = '^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$';
const ABSOLUTE_PATTERN = '^/[^\\u0000]*$';
const MEMORY = /^(\d{1,9})(MiB|GiB)$/;
const MEMORY_BYTES_MIN = 6 * 1_024 * 1_024;

const EngineInput = Input(
  {
    socket: Type.Optional(
      Type.String({
        maxLength: PATH_LENGTH_MAX,
        pattern: ABSOLUTE_PATTERN,
        title: 'an absolute path',
        description: 'Its unix socket.',
      }),
    ),
    host: Type.Optional(StepText(HOST_LENGTH_MAX, 'Where it listens on TCP.')),
    port: Type.Optional(Whole(1, 65_535, 'Its port; else 2376 with TLS and 2375 without.')),
    ca: Type.Optional(StepText(PEM_LENGTH_MAX, "The certificate of the engine's authority, as PEM.")),
    cert: Type.Optional(StepText(PEM_LENGTH_MAX, 'The certificate that it knows us by, as PEM.')),
    key: Type.Optional(StepText(PEM_LENGTH_MAX, 'The key of cert, from a secret.')),
  },
  { description: "The engine; else the server's own, which DOCKER_HOST or the usual socket name." },
);

const MountInput = Input({
  volume: Type.String({
    pattern: ENGINE_NAME_PATTERN,
    title: 'a name as engines have it: letters, digits, dots, dashes and underscores',
    description: 'A named volume of the engine.',
  }),
  path: Type.String({
    maxLength: PATH_LENGTH_MAX,
    pattern: ABSOLUTE_PATTERN,
    title: 'an absolute path',
    description: 'Where it is in there.',
  }),
  isReadOnly: Type.Optional(Type.Boolean({ description: 'Else the container may write to it.' })),
});

export const ContainerInput = Input({
  engine: Type.Optional(EngineInput),
  image: StepText(IMAGE_LENGTH_MAX, 'The image, such as alpine:3.22.'),
  pull: Type.Optional(OneOf(['missing', 'never'], 'When the image is fetched; else when it is missing.')),
  entrypoint: Type.Optional(Arguments(1, "What runs, in the place of the image's own.")),
  command: Type.Optional(Arguments(1, "What it is given, in the place of the image's own.")),
  env: Type.Optional(Variables('Variables of the work.')),
  user: Type.Optional(StepText(USER_LENGTH_MAX, "Who it runs as; else the image's own.")),
  mounts: Type.Optional(Type.Array(MountInput, { maxItems: MOUNTS_MAX })),
  network: Type.Optional(
    Type.String({
      pattern: ENGINE_NAME_PATTERN,
      title: 'a name as engines have it: letters, digits, dots, dashes and underscores',
      description: 'A network of the engine: none, bridge, or a name.',
    }),
  ),
  memory: Type.Optional(
    Type.String({
      maxLength: 16,
      pattern: MEMORY.source,
      title: 'an amount of memory such as 512MiB or 2GiB',
      description: 'Such as 512MiB, which is the default; no swap beside.',
    }),
  ),
  cpus: Type.Optional(
    Type.Number({ minimum: CPUS_MIN, maximum: CPUS_MAX, description: 'Processors; else 1.' }),
  ),
  pids: Type.Optional(Whole(1, PIDS_MAX, 'Processes and threads at once; else 256.')),
});
export type ContainerInput = Type.Static<typeof ContainerInput>;

const checker = inputChecker(ContainerInput);

/** Bytes of what `memory` says. */
export function readMemory(text: string): number {
  const [, count = '0', unit] = MEMORY.exec(text) ?? [];
  return Number(count) * 1_024 ** (unit === 'GiB' ? 3 : 2);
}

/** What is wrong with the filled-in input of a `container` step, by member. */
export function containerInputFaults(input: JsonObject): InputFault[] {
  const faults = checker.faults(input);
  return faults.length > 0 ? faults : relationFaults(input);
}

/** What is wrong with the `with` of a `container` step as it stands in a workflow. */
export function containerDocumentFaults(document: JsonObject): InputFault[] {
  const { entrypoint, command } = document;
  return [
    ...checker.documentFaults(document),
    ...relationFaults(document),
    ...shellCommandFaults({ '/entrypoint': entrypoint, '/command': command }),
  ];
}

/** What members say of each other. */
function relationFaults({ engine, memory }: JsonObject): InputFault[] {
  const faults: InputFault[] = [];
  if (typeof engine === 'object' && engine !== null) {
    const { socket, host, ca, cert, key } = engine as JsonObject;
    if ((socket === undefined) === (host === undefined)) {
      faults.push({ pointer: '/engine', message: 'has to have one of socket and host' });
    }
    const tls = [ca, cert, key].filter((part) => part !== undefined).length;
    if (tls !== 0 && tls !== 3) {
      faults.push({ pointer: '/engine', message: 'has to have ca, cert and key together, or none of them' });
    }
  }
  if (typeof memory === 'string' && MEMORY.test(memory) && readMemory(memory) < MEMORY_BYTES_MIN) {
    faults.push({ pointer: '/memory', message: 'has to be at least 6MiB: engines start nothing with less' });
  }
  return faults;
}
