import type { InputFault, Json, JsonObject } from '@poolkeeper/core';
import { Type } from 'typebox';
import { Input, Whole } from '../common.ts';
import { shellCommandFaults, shellTextFaults } from './shell-words.ts';
import { Arguments, StepText, Variables, inputChecker } from './step-input.ts';

const HOST_LENGTH_MAX = 255;
const USER_LENGTH_MAX = 128;
const SECRET_LENGTH_MAX = 16_384;
const HOST_KEY_LENGTH_MAX = 4_096;
const HOST_KEYS_MAX = 16;
/** One argument of a program: what Linux takes at most is 128 KiB. */
const RUN_LENGTH_MAX = 65_536;
const SCRIPT_LENGTH_MAX = 1_048_576;
const STDIN_LENGTH_MAX = 65_536;
const PATH_LENGTH_MAX = 1_024;

/** Says that whoever answers at the address is believed to be the machine. */
export const ACCEPT_ANY_HOST_KEY = 'accept-any-host-key';

export const SshInput = Input({
  host: Type.Optional(
    StepText(HOST_LENGTH_MAX, 'Where the machine is; else its endpoint "ssh", or its first address.'),
  ),
  port: Type.Optional(Whole(1, 65_535, 'Its port; else that of the endpoint "ssh", or 22.')),
  user: StepText(USER_LENGTH_MAX, 'Who logs in.'),
  key: Type.Optional(StepText(SECRET_LENGTH_MAX, 'A private key, from a secret.')),
  passphrase: Type.Optional(StepText(SECRET_LENGTH_MAX, 'What opens the key, from a secret.')),
  password: Type.Optional(StepText(SECRET_LENGTH_MAX, 'A password, from a secret.')),
  hostKey: Type.Unsafe<string | readonly string[]>({
    type: ['string', 'array'],
    minLength: 1,
    maxLength: HOST_KEY_LENGTH_MAX,
    minItems: 1,
    maxItems: HOST_KEYS_MAX,
    items: { type: 'string', minLength: 1, maxLength: HOST_KEY_LENGTH_MAX },
    description: `How the machine is known: fingerprints (SHA256:…), public keys, or lines of known_hosts; or the word ${ACCEPT_ANY_HOST_KEY}.`,
  }),
  run: Type.Optional(StepText(RUN_LENGTH_MAX, 'Text for the shell of the machine. Nothing is filled in.')),
  command: Type.Optional(Arguments(1, 'A program of the machine and its arguments, as they are.')),
  script: Type.Optional(
    Input({
      text: Type.Optional(StepText(SCRIPT_LENGTH_MAX, 'The script itself. Nothing is filled in.')),
      file: Type.Optional(StepText(PATH_LENGTH_MAX, "A file in the server's folder of scripts.")),
      directory: Type.Optional(
        StepText(PATH_LENGTH_MAX, 'Where on the machine it is put while it runs; else /tmp.'),
      ),
    }),
  ),
  args: Type.Optional(Arguments(0, 'Arguments of run ("$1", …) or of script.')),
  env: Type.Optional(Variables('Variables of the work.')),
  stdin: Type.Optional(StepText(STDIN_LENGTH_MAX, 'What the work reads from standard input.', 0)),
});
export type SshInput = Type.Static<typeof SshInput>;

const checker = inputChecker(SshInput);

/** What is wrong with the filled-in input of an `ssh` step, by member. */
export function sshInputFaults(input: JsonObject): InputFault[] {
  const faults = checker.faults(input);
  return faults.length > 0 ? faults : relationFaults(input);
}

/** What is wrong with the `with` of an `ssh` step as it stands in a workflow. */
export function sshDocumentFaults(document: JsonObject): InputFault[] {
  const script = objectOf(document['script']);
  return [
    // Who logs in, and how the machine is known, may stand in its parameter `ssh` instead.
    ...checker
      .documentFaults(document)
      .filter(({ pointer }) => !OWN_POINTERS.includes(pointer) || pointer.slice(1) in document),
    ...relationFaults(document).filter(({ message }) => message !== NO_LOGIN),
    ...shellTextFaults('/run', document['run']),
    ...shellTextFaults('/script/text', script?.['text']),
    ...shellCommandFaults({ '/command': document['command'] }),
  ];
}

/** Members that have to be there once a step is filled in, and that the machine may say. */
const OWN_POINTERS = ['/user', '/hostKey'];
const NO_LOGIN = 'has to have key or password, from a secret such as ${secrets.machine-key}';

/** What members say of each other. */
function relationFaults(input: JsonObject): InputFault[] {
  const { run, command, script, args, key, password, passphrase } = input;
  const works = [run, command, script].filter((work) => work !== undefined);
  const faults: InputFault[] = [];
  if (works.length !== 1) {
    faults.push({
      pointer: '',
      message: 'has to have one of run (text for a shell), command (a program and its arguments) and script',
    });
  }
  if (command !== undefined && args !== undefined) {
    faults.push({ pointer: '/args', message: 'belongs to run or script; put the arguments into command' });
  }
  if (key === undefined && password === undefined) {
    faults.push({
      pointer: '',
      message: NO_LOGIN,
    });
  }
  if (passphrase !== undefined && key === undefined) {
    faults.push({ pointer: '/passphrase', message: 'opens a key, and there is no key' });
  }
  const { text, file, directory } = objectOf(script) ?? {};
  if (objectOf(script) !== undefined) {
    if ((text === undefined) === (file === undefined)) {
      faults.push({ pointer: '/script', message: 'has to have one of text and file' });
    }
    if (typeof directory === 'string' && !/^(\/|\$\{)/.test(directory)) {
      faults.push({
        pointer: '/script/directory',
        message: 'has to be an absolute path of the machine, such as /var/tmp',
      });
    }
  }
  return faults;
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}
