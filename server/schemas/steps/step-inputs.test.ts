import type { JsonObject, StepKind } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { createAjv } from '../ajv.ts';
import { faultsOf } from '../faults.ts';
import { createInputCheck } from './check-input.ts';
import { STEP_INPUTS } from './step-inputs.ts';
import { withReferences } from './with-references.ts';

function schemaOf(kind: StepKind) {
  const schema = STEP_INPUTS[kind];
  if (schema === undefined) throw new Error(`there is no schema of ${kind}`);
  return schema;
}

const check = (kind: StepKind, input: JsonObject): string | null => createInputCheck(schemaOf(kind))(input);

function faultsInDocument(kind: StepKind, input: JsonObject) {
  const validate = createAjv({ texts: false, allErrors: true }).compile(withReferences(schemaOf(kind)));
  return validate(input) ? [] : faultsOf(validate.errors ?? [], '');
}

/** The server takes its schemas as they are. */
test.each(Object.keys(STEP_INPUTS) as StepKind[])(
  'what a step of kind %s is given has a schema that is one',
  (kind) => {
    expect(() => new Ajv().validateSchema(withReferences(schemaOf(kind)), true)).not.toThrow();
  },
);

test.each([
  ['exec', { command: ['./wipe.sh', 'board-1'], env: { DISK: '/dev/sda' }, cwd: 'x', stdin: 'y' }],
  ['http', { url: 'http://127.0.0.1/', expect: { status: [200, 204], json: { '/state': 'ready' } } }],
  ['http', { url: 'http://127.0.0.1/', poll: { every: '1s', until: { status: 200 }, for: '1m' } }],
  ['provider', { action: 'reboot', input: { isHard: true } }],
  ['wait', { for: '30s' }],
  ['approval', {}],
] as const)('a step of kind %s takes %j', (kind, input) => {
  expect(check(kind, input)).toBeNull();
  expect(faultsInDocument(kind, input)).toEqual([]);
});

test.each([
  ['exec', {}, 'with/command: command is missing; it has to be a list of 1 to 256 entries'],
  ['exec', { command: [] }, 'with/command: command has to be a list of 1 to 256 entries'],
  ['exec', { command: 'rm -rf /' }, 'with/command: command has to be a list of 1 to 256 entries'],
  [
    'exec',
    { command: ['x'], env: { POOLKEEPER_RUN: 'x' } },
    'with/env/POOLKEEPER_RUN: "POOLKEEPER_RUN" is no name here',
  ],
  ['exec', { command: ['x'], dir: '/' }, 'with/dir: there is no member "dir" here'],
  ['http', { url: 'http://x/', method: 'SEND' }, 'with/method: method has to be one of GET, HEAD'],
  ['http', { url: 'http://x/', expect: { status: 42 } }, 'with/expect/status: status has to be'],
  ['http', { url: 'http://x/', headers: { A: 'b\r\nC: d' } }, 'with/headers/A: A has to be'],
  [
    'http',
    { url: 'http://x/', poll: { every: 'often', until: {} } },
    'with/poll/every: every has to be a duration',
  ],
  ['provider', { action: 'Reboot now' }, 'with/action: action has to be'],
  ['wait', { for: 30 }, 'with/for: for has to be a duration'],
] as const)('a step of kind %s does not take %j', (kind, input, said) => {
  expect(check(kind, input)).toContain(said);
});

test.each([
  ['exec', { command: '${params.command}' }],
  ['exec', { command: ['${params.program}'], env: '${params.env}', cwd: '/x/${resource.name}' }],
  ['http', { url: '${resource.endpoints.http}', expect: { status: '${params.status}' } }],
  ['http', { url: 'x', poll: { every: '${params.every}', until: '${params.until}' } }],
  ['wait', { for: '${params.rest}' }],
  ['provider', { action: '${params.action}', input: '${params.input}' }],
] as const)('in a document of kind %s a reference may stand in any place: %j', (kind, input) => {
  expect(faultsInDocument(kind, input)).toEqual([]);
});

test('a fault in a document says what the member has to be, as in one without references', () => {
  expect(faultsInDocument('wait', { for: 'soon' })).toMatchObject([
    { pointer: '/for', message: 'for has to be a duration such as 90s, 15m, 1h30m or PT1H30M' },
  ]);
  expect(faultsInDocument('exec', {})).toMatchObject([
    { pointer: '/command', message: 'command is missing; it has to be a list of 1 to 256 entries' },
  ]);
});
