import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, Observation } from '@poolkeeper/core';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProviderExhausted, ProviderGone, ProviderRefused, ProviderTransient } from '../contract.ts';
import type { Provider } from '../contract.ts';
import { checkProvider } from '../open-provider.ts';
import { aCreateRequest, aDestroyRequest } from '../test-requests.ts';
import type { ExecProvider } from './exec-provider.ts';
import { LOG_LINES_MAX } from './log-lines.ts';
import { OPERATIONS } from './protocol.ts';
import type { Operation } from './protocol.ts';
import { TEST_PROGRAM, anExecPlace } from './test-place.ts';
import type { ExecPlace } from './test-place.ts';

let place: ExecPlace;
beforeEach(() => {
  place = anExecPlace();
});
afterEach(() => place.cleanUp());

const never = new AbortController().signal;
const ANSWER = `echo '{"externalId":"vm-1"}'`;

function create(provider: Provider, template: JsonObject | null = null): Promise<Observation> {
  return provider.create(aCreateRequest('res_1', template), never);
}

async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error: unknown = await call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  return error as Error;
}

describe('what a program is told', () => {
  const RECORD = 'cat > "$1.json"; env | grep ^POOLKEEPER_ | sort > "$1.env"';
  const validate = (operation: Operation, text: string): boolean =>
    new Ajv({ allowUnionTypes: true }).validate(OPERATIONS[operation].input, JSON.parse(text));

  test('create: the resource and its template, in JSON and in variables', async () => {
    await using provider = await place.script(`${RECORD}; ${ANSWER}`);
    await create(provider, { size: 'small', 'max-disk': 20, tags: ['a'], isFast: true });
    const told = JSON.parse(place.read('create.json')) as { instance: string };
    expect(validate('create', place.read('create.json'))).toBe(true);
    expect(told).toEqual({
      protocol: 1,
      provider: 'mine',
      instance: expect.stringMatching(/^[0-9a-f]{32}$/),
      stateDirectory: place.stateDirectory,
      resource: { id: 'res_1', name: 'res_1-name', pool: 'web', kind: 'machine' },
      template: { size: 'small', 'max-disk': 20, tags: ['a'], isFast: true },
      idempotencyKey: 'job_res_1',
    });
    expect(place.read('create.env').trim().split('\n')).toEqual([
      `POOLKEEPER_CONFIG_DIR=${place.directory}`,
      'POOLKEEPER_IDEMPOTENCY_KEY=job_res_1',
      `POOLKEEPER_INSTANCE=${told.instance}`,
      'POOLKEEPER_OPERATION=create',
      'POOLKEEPER_PROTOCOL=1',
      'POOLKEEPER_PROVIDER=mine',
      'POOLKEEPER_RESOURCE_ID=res_1',
      'POOLKEEPER_RESOURCE_KIND=machine',
      'POOLKEEPER_RESOURCE_NAME=res_1-name',
      'POOLKEEPER_RESOURCE_POOL=web',
      `POOLKEEPER_STATE_DIR=${place.stateDirectory}`,
      'POOLKEEPER_TEMPLATE_ISFAST=true',
      'POOLKEEPER_TEMPLATE_MAX_DISK=20',
      'POOLKEEPER_TEMPLATE_SIZE=small',
    ]);
  });

  test('observe and destroy: no more than they need, and the externalId where one is known', async () => {
    await using provider = await place.script(
      `${RECORD}; [ "$1" = observe ] && echo '{"resources":[]}' || echo '{"state":"gone"}'`,
    );
    await provider.observe(never);
    await provider.destroy(aDestroyRequest('res_1', 'vm-1'), never);
    expect(validate('observe', place.read('observe.json'))).toBe(true);
    expect(validate('destroy', place.read('destroy.json'))).toBe(true);
    expect(place.read('destroy.env')).toContain('POOLKEEPER_EXTERNAL_ID=vm-1\n');
    await provider.destroy(aDestroyRequest('res_1'), never);
    expect(JSON.parse(place.read('destroy.json'))).toMatchObject({ externalId: null });
    expect(place.read('destroy.env')).not.toContain('EXTERNAL_ID');
  });

  test('the same instance after the provider is opened again', async () => {
    const instances = [];
    for (let start = 0; start < 2; start += 1) {
      await using provider = await place.script(`cat > input; ${ANSWER}`);
      await create(provider);
      instances.push((JSON.parse(place.read('input')) as JsonObject)['instance']);
    }
    expect(instances[0]).toBe(instances[1]);
  });

  test('of the environment of the server only what is harmless, and what is named', async () => {
    const environment = {
      PATH: '/usr/bin:/bin',
      LANG: 'C',
      AWS_KEY: 'k',
      DB_PASSWORD: 'hunter22',
      TERM: 'x',
    };
    writeFileSync(place.path('program.sh'), `#!/bin/sh\nenv > all; ${ANSWER}\n`, { mode: 0o755 });
    await using provider = await place.open(
      { command: ['./program.sh'], environment: ['AWS_KEY', 'AWS_REGION'] },
      environment,
    );
    await create(provider);
    const names = place.read('all').split('\n');
    expect(names).toEqual(expect.arrayContaining(['PATH=/usr/bin:/bin', 'LANG=C', 'AWS_KEY=k']));
    expect(place.read('all')).not.toMatch(/hunter22|TERM=/);
    expect(place.log).toContainEqual({
      fields: { provider: 'mine', variable: 'AWS_REGION' },
      message: 'a variable that is to be passed on is not set',
    });
  });

  test('arguments arrive as they are: no shell reads them', async () => {
    await using provider = await place.script(`printf '%s\\n' "$@" > args; ${ANSWER}`, {
      command: ['./program.sh', '$HOME; `id`', ''.padStart(2)],
    });
    await create(provider);
    expect(place.read('args')).toBe('$HOME; `id`\n  \ncreate\n');
  });
});

describe('what a program answers', () => {
  test('what it leaves out has a default', async () => {
    await using provider = await place.script(ANSWER);
    expect(await create(provider)).toEqual({
      resource: 'res_1',
      externalId: 'vm-1',
      machine: 'RUNNING',
      liveness: 'UNKNOWN',
      addresses: [],
      endpoints: {},
    });
  });

  test.each([
    ['', 'wrote nothing to standard output in answer to create'],
    ['made vm-1', 'is no JSON: "made vm-1". Needed is an object such as {"externalId": "vm-17"}'],
    ['{"externalId":"vm-1"}\ndone', 'is no JSON'],
    ['[]', '[] is not allowed; needed is an object such as'],
    ['{}', 'externalId: is missing; needed is your own name of the thing'],
    ['{"externalId":""}', 'externalId: "" is not allowed'],
    ['{"externalId":17}', 'externalId: 17 is not allowed'],
    [
      '{"externalId":"a","machine":"UP"}',
      'machine: "UP" is not allowed; needed is one of REQUESTED, REJECTED',
    ],
    ['{"externalId":"a","addresses":[1]}', 'addresses[0]: 1 is not allowed; needed is a host name'],
    ['{"externalId":"a","endpoints":{"a b":"x"}}', 'endpoints.a b: the name is not allowed'],
    ['{"externalId":"a","adresses":[]}', 'adresses: is not known. Allowed: externalId, machine, liveness'],
  ])('%j is refused: %s', async (answer, words) => {
    writeFileSync(place.path('answer'), answer);
    await using provider = await place.script('echo a word of advice >&2; cat answer');
    const error = await errorOf(create(provider));
    expect(error).toBeInstanceOf(ProviderTransient);
    expect(error.message).toContain(words);
    expect(error.message).toContain('It wrote last: a word of advice');
  });

  test('a list without the resource’s id says which entry', async () => {
    await using provider = await place.script(`echo '{"resources":[{"externalId":"vm-1"}]}'`);
    const error = await errorOf(provider.observe(never));
    expect(error.message).toContain(
      'resources[0].resource: is missing; needed is the id that "create" was given',
    );
  });

  test('a resource that is listed twice is known once, and the log says so', async () => {
    const things = ['a', 'b'].map((externalId) => ({ resource: 'res_1', externalId }));
    writeFileSync(place.path('answer'), JSON.stringify({ resources: things }));
    await using provider = await place.script('cat answer');
    expect((await provider.observe(never)).map(({ externalId }) => externalId)).toEqual(['a']);
    expect(place.log[0]?.fields).toEqual({ provider: 'mine', resource: 'res_1', things: ['a', 'b'] });
    expect(await (provider as ExecProvider).list(never)).toHaveLength(2);
  });
});

describe('how a program ends', () => {
  test.each([
    [64, ProviderRefused, ' (refused)'],
    [65, ProviderRefused, ' (refused)'],
    [66, ProviderGone, ' (gone)'],
    [69, ProviderExhausted, ' (exhausted)'],
    [75, ProviderTransient, ' (retry)'],
    [77, ProviderRefused, ' (refused)'],
    [1, ProviderTransient, ''],
    [127, ProviderTransient, ''],
  ])('exit code %i', async (code, kind, meaning) => {
    await using provider = await place.script(`echo the reason >&2; ${ANSWER}; exit ${code}`);
    const error = await errorOf(create(provider));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toBe(
      `The program ended with exit code ${code}${meaning} when asked to create. It wrote last: the reason`,
    );
  });

  test('a signal that ends it may pass', async () => {
    await using provider = await place.script('kill -9 $$');
    const error = await errorOf(create(provider));
    expect(error).toBeInstanceOf(ProviderTransient);
    expect(error.message).toContain('was ended by SIGKILL when asked to create. It wrote nothing');
  });

  test('a program that is not there, or may not be run, is refused with what to do', async () => {
    await using provider = await place.open({ command: ['./nothing.sh'] });
    const missing = await errorOf(provider.observe(never));
    expect(missing).toBeInstanceOf(ProviderRefused);
    expect(missing.message).toContain(`There is no program ${place.path('nothing.sh')}`);
    writeFileSync(place.path('nothing.sh'), '#!/bin/sh\n', { mode: 0o644 });
    expect((await errorOf(provider.observe(never))).message).toContain('chmod +x');
  });
});

describe('what a program writes to standard error', () => {
  test('is logged line by line, with what it belongs to', async () => {
    await using provider = await place.script(
      `printf 'one\\n\\n  \\n\\033[31mtwo\\033[0m\\nthree' >&2; ${ANSWER}`,
    );
    await create(provider);
    const fields = { provider: 'mine', operation: 'create', resource: 'res_1' };
    expect(place.log).toEqual(
      ['one', 'two', 'three'].map((line) => ({ fields: { ...fields, line }, message: 'a program says' })),
    );
  });

  test('is bounded, and the last lines are in the error all the same', async () => {
    await using provider = await place.script(
      'i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo "line $i"; done >&2; exit 1',
    );
    const error = await errorOf(create(provider));
    expect(error.message).toContain('It wrote last: line 4996\nline 4997\nline 4998\nline 4999\nline 5000');
    expect(place.log).toHaveLength(LOG_LINES_MAX + 1);
  });

  test('says no secrets: neither those that are passed on nor those of the template', async () => {
    writeFileSync(
      place.path('program.sh'),
      `#!/bin/sh\necho "login $PASSWORD and template-secret" >&2; echo "$PASSWORD"\n[ $1 = observe ] || exit 65\n`,
      { mode: 0o755 },
    );
    await using provider = await place.open(
      { command: ['./program.sh'], environment: ['PASSWORD'] },
      { PATH: '/usr/bin:/bin', PASSWORD: 'hunter22' },
    );
    const refused = await errorOf(create(provider, { env: { KEY: 'template-secret' } }));
    expect(refused.message).toContain('login [PASSWORD] and [KEY]');
    const wrong = await errorOf(provider.observe(never));
    expect(wrong.message).toContain('is no JSON: "[PASSWORD]"');
    expect(JSON.stringify(place.log)).not.toContain('hunter22');
  });
});

test('a template that a program refuses is refused when it is asked to make something of it', async () => {
  await using provider = await place.open(
    { command: TEST_PROGRAM, environment: ['PASSWORD'] },
    { PATH: '/usr/bin:/bin', PASSWORD: 'hunter22' },
  );
  expect(provider.checkTemplate({ refused: true })).toEqual([]);
  const error = await errorOf(create(provider, { refused: true }));
  expect(error).toBeInstanceOf(ProviderRefused);
  expect(error.message).toContain('template.refused is not allowed; the password is [PASSWORD]');
  expect(await provider.observe(never)).toEqual([]);
});

describe('options', () => {
  const entry = (options: JsonObject): JsonObject => ({ name: 'mine', driver: 'exec', ...options });
  test.each([
    [{ command: ['./provider.py'] }],
    [{ command: ['python3', 'provider.py'], timeouts: { create: '60s' }, environment: ['AWS_KEY'] }],
  ])('%j is right', (options) => {
    expect(checkProvider(entry(options))).toEqual([]);
  });

  test.each([
    [{}, '/command', 'is missing; needed is a list of 1 to 256 texts'],
    [{ command: './provider.py' }, '/command', 'such as ["./provider.py"]'],
    [{ command: [] }, '/command', 'a list of 1 to 256 texts'],
    [{ command: [''] }, '/command/0', 'a text of 1 to'],
    [{ command: ['x'], timeouts: { create: '10m' } }, '/timeouts/create', 'a duration of 1s to 60s'],
    [{ command: ['x'], timeouts: { observe: '1ms' } }, '/timeouts/observe', 'a duration of 1s to 15s'],
    [
      { command: ['x'], timeouts: { wash: '1s' } },
      '/timeouts/wash',
      'Allowed: create, observe, destroy, act, verify, clean, leftovers, rotate.',
    ],
    [{ command: ['x'], environment: ['POOLKEEPER_TOKEN'] }, '/environment/0', 'not begin with POOLKEEPER_'],
    [{ command: ['x'], environment: ['A', 'A'] }, '/environment', 'different names'],
    [
      { command: ['x'], cwd: '/' },
      '/cwd',
      'Allowed: command, timeouts, actions, makes, accounts, environment.',
    ],
  ])('%j is wrong at %s', (options, pointer, words) => {
    expect(checkProvider(entry(options))).toEqual([{ pointer, message: expect.stringContaining(words) }]);
  });
});

test('state is kept below the data directory, where nobody else reads it', async () => {
  await using provider = await place.script(`ls -ld "$POOLKEEPER_STATE_DIR" > mode; ${ANSWER}`);
  await create(provider);
  expect(place.read('mode')).toMatch(/^drwx------/);
  expect(place.stateDirectory).toBe(join(place.directory, 'exec', 'mine', 'state'));
});
