import { existsSync } from 'node:fs';
import type { JsonObject, ProviderEntry } from '@poolkeeper/core';
import { expect, test } from 'vitest';
import { aProvider, anObservation } from './jobs/test-provider.ts';
import { ProviderTransient } from './providers/contract.ts';
import type { CreateRequest, Provider } from './providers/contract.ts';
import type { openProvider } from './providers/open-provider.ts';
import { aProviderContext } from './providers/test-context.ts';
import { ProviderSet } from './provider-set.ts';
import type { ConfiguredProvider } from './schemas/configuration-spec.ts';

const REQUEST: CreateRequest = {
  resource: { id: 'res_1', name: 'a', pool: 'web', kind: 'machine' },
  template: {},
  idempotencyKey: 'job_1',
};
const { signal } = new AbortController();
const pointerOf = (index: number): string => `/providers/${index}`;

/** Where the providers of a test are opened: it notes in order what happens to them, and a test can hold up their closing. */
class World {
  readonly log: string[] = [];
  /** Names of those that cannot be opened. */
  readonly away = new Set<string>();
  /** Closings that the test ends; undefined: each ends at once. */
  heldClosings: (() => void)[] | undefined;
  readonly set: ProviderSet;

  constructor() {
    this.set = new ProviderSet(aProviderContext(), this.#open);
  }

  readonly #open: typeof openProvider = async ({ name, driver, url }) => {
    const what = typeof url === 'string' ? `${name} ${url}` : name;
    if (this.away.has(name)) throw new Error('its place is away');
    this.log.push(`open ${what}`);
    return aProvider({
      name,
      driver,
      create: () => Promise.resolve(anObservation({ externalId: what })),
      checkTemplate: () => [{ pointer: '', message: what }],
      [Symbol.asyncDispose]: async () => {
        if (this.heldClosings !== undefined)
          await new Promise<void>((resolve) => this.heldClosings?.push(resolve));
        this.log.push(`close ${what}`);
      },
    });
  };

  /** What the world remembers, from now on. */
  remember(...entries: readonly ConfiguredProvider[]): ReturnType<ProviderSet['follow']> {
    return this.set.follow(entries.map(remembered));
  }

  /** Whom a creation reaches. */
  async create(name = 'cloud'): Promise<string | null> {
    const provider = this.set.providers.get(name) as Provider;
    return (await provider.create(REQUEST, signal)).externalId;
  }
}

function aCloud(url: string, more: JsonObject = {}): ConfiguredProvider {
  return { name: 'cloud', driver: 'simulated', url, ...more };
}

function remembered({ name, driver, ...options }: ConfiguredProvider): ProviderEntry {
  return { name, driver, makes: true, options, status: 'open', version: 1, createdAt: 0 };
}

/** Lets promises that can settle settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a provider that is remembered and cannot be opened fails as transient with the reason, until it can be', async () => {
  const world = new World();
  world.away.add('cloud');
  expect(world.remember(aCloud('a'))).toEqual([{ name: 'cloud', isToResume: false }]);
  await expect(world.create()).rejects.toThrow('Provider cloud cannot be opened: its place is away');
  await expect(world.create()).rejects.toBeInstanceOf(ProviderTransient);
  world.away.clear();
  expect(await world.create()).toBe('cloud a');
});

test('changed options: the old one is closed before the new one is opened, and calls wait for that', async () => {
  const world = new World();
  world.remember(aCloud('a'));
  await world.create();
  world.heldClosings = [];
  expect(world.remember(aCloud('b'))).toEqual([{ name: 'cloud', isToResume: false }]);
  const call = world.create();
  await settle();
  expect(world.log).toEqual(['open cloud a']);
  world.heldClosings[0]?.();
  expect(await call).toBe('cloud b');
  expect(world.log).toEqual(['open cloud a', 'close cloud a', 'open cloud b']);
});

test('a name that is removed and taken up again waits for the end of the one that had it', async () => {
  const world = new World();
  world.remember(aCloud('a'));
  await world.create();
  world.heldClosings = [];
  world.remember();
  world.remember(aCloud('b'));
  const call = world.create();
  await settle();
  expect(world.log).toEqual(['open cloud a']);
  world.heldClosings[0]?.();
  expect(await call).toBe('cloud b');

  // A configuration that names it waits in the same way.
  world.remember();
  const preparing = world.set.prepare([aCloud('c')], pointerOf);
  await settle();
  expect(world.log).toEqual(['open cloud a', 'close cloud a', 'open cloud b']);
  world.heldClosings[1]?.();
  world.heldClosings = undefined;
  await using _prepared = await preparing;
  expect(world.log.slice(3)).toEqual(['close cloud b', 'open cloud c']);
});

test('whoever still has the provider from before a change cannot open it again', async () => {
  const world = new World();
  world.remember(aCloud('a'));
  await world.create();
  const before = world.set.providers.get('cloud') as Provider;
  world.remember(aCloud('b'));
  await world.create();
  await expect(before.observe(signal)).rejects.toBeInstanceOf(ProviderTransient);
  expect(world.log).toEqual(['open cloud a', 'close cloud a', 'open cloud b']);
});

test('new limits are no change of a provider', async () => {
  const world = new World();
  world.remember(aCloud('a', { limits: { rate: 5 } }));
  expect(world.remember(aCloud('a', { limits: { rate: 6 } }))).toEqual([]);
});

test('a provider that is removed is closed, and forgotten', async () => {
  const world = new World();
  world.remember(aCloud('a'), { ...aCloud('x'), name: 'other' });
  await world.create();
  expect(world.remember({ ...aCloud('x'), name: 'other' })).toEqual([{ name: 'cloud', isToResume: false }]);
  await settle();
  expect(world.log).toEqual(['open cloud a', 'close cloud a']);
  expect([...world.set.providers.keys()]).toEqual(['other']);
});

test('what was opened for a configuration is taken over as it is when that is decided on', async () => {
  const world = new World();
  {
    await using prepared = await world.set.prepare([aCloud('a')], pointerOf);
    expect(prepared.specs).toEqual([
      { name: 'cloud', driver: 'simulated', makes: true, options: { url: 'a' } },
    ]);
    expect(prepared.find('cloud')?.checkTemplate({})).toEqual([{ pointer: '', message: 'cloud a' }]);
    world.remember(aCloud('a'));
  }
  expect(await world.create()).toBe('cloud a');
  expect(world.log).toEqual(['open cloud a']);
});

test('a configuration that is refused closes what was opened for it, and nothing else', async () => {
  const world = new World();
  world.remember(aCloud('a'));
  await world.create();
  {
    await using _prepared = await world.set.prepare(
      [aCloud('b'), { ...aCloud('x'), name: 'new' }],
      pointerOf,
    );
  }
  expect(world.log).toEqual(['open cloud a', 'open new x', 'close new x']);
  expect(await world.create()).toBe('cloud a');
});

test('a new provider that cannot be opened is refused at its place, and those beside it are closed', async () => {
  const world = new World();
  world.away.add('away');
  const entries = [aCloud('a'), { ...aCloud('x'), name: 'away' }];
  await expect(world.set.prepare(entries, pointerOf)).rejects.toMatchObject({
    faults: [{ pointer: '/providers/1', message: 'provider "away" cannot be opened: its place is away' }],
  });
  expect(world.log).toEqual(['open cloud a', 'close cloud a']);
  world.away.clear();
  await using _next = await world.set.prepare([aCloud('a')], pointerOf);
});

test('configurations that come together and name the same new provider never have it open twice', async () => {
  const world = new World();
  const refused = await world.set.prepare([aCloud('a')], pointerOf);
  const second = world.set.prepare([aCloud('a')], pointerOf);
  await settle();
  expect(world.log).toEqual(['open cloud a']);
  await refused[Symbol.asyncDispose]();
  {
    await using _prepared = await second;
    world.remember(aCloud('a'));
  }
  expect(world.log).toEqual(['open cloud a', 'close cloud a', 'open cloud a']);
});

test('one that was opened with other options than those decided on is closed first', async () => {
  const world = new World();
  await using _prepared = await world.set.prepare([aCloud('a')], pointerOf);
  world.remember(aCloud('b'));
  expect(await world.create()).toBe('cloud b');
  expect(world.log).toEqual(['open cloud a', 'close cloud a', 'open cloud b']);
});

test('templates are checked by a provider that was not needed since the start, too', async () => {
  const world = new World();
  world.remember(aCloud('a'));
  await using prepared = await world.set.prepare([aCloud('a')], pointerOf);
  expect(prepared.find('cloud')?.checkTemplate({})).toEqual([{ pointer: '', message: 'cloud a' }]);
  expect(world.set.checkTemplate('cloud', {})).toEqual([{ pointer: '', message: 'cloud a' }]);
});

test('a known one that cannot be opened now is no reason to refuse a configuration', async () => {
  const world = new World();
  world.away.add('cloud');
  world.remember(aCloud('a'));
  await using prepared = await world.set.prepare([aCloud('a')], pointerOf);
  expect(prepared.specs.map(({ name }) => name)).toEqual(['cloud']);
});

test('what ended with the server or the provider before is to be resumed', () => {
  const { set } = new World();
  const local = (stopOnDispose: boolean): ProviderEntry =>
    remembered({ name: 'local', driver: 'process', stopOnDispose });
  expect(set.follow([local(true)])).toEqual([{ name: 'local', isToResume: true }]);
  expect(set.follow([local(false)])).toEqual([{ name: 'local', isToResume: true }]);
  expect(set.follow([local(true)])).toEqual([{ name: 'local', isToResume: false }]);
});

test('disposing waits until all are closed, those that were removed before too', async () => {
  const world = new World();
  world.remember(aCloud('a'), { ...aCloud('x'), name: 'other' });
  await Promise.all([world.create(), world.create('other')]);
  world.heldClosings = [];
  world.remember({ ...aCloud('x'), name: 'other' });
  let isDisposed = false;
  const disposed = world.set[Symbol.asyncDispose]().then(() => {
    isDisposed = true;
  });
  await settle();
  expect(world.heldClosings.length).toBe(2);
  world.heldClosings[1]?.();
  await settle();
  expect(isDisposed).toBe(false);
  world.heldClosings[0]?.();
  await disposed;
  expect(world.log.toSorted()).toEqual(['close cloud a', 'close other x', 'open cloud a', 'open other x']);
});

test('one that is only tried out is opened beside all others, looked at once and closed', async () => {
  const log: string[] = [];
  const directories: string[] = [];
  const set = new ProviderSet(aProviderContext(), async ({ name, driver }, { dataDirectory }) => {
    directories.push(dataDirectory);
    const done = (): Promise<void> => Promise.resolve();
    return aProvider({
      name,
      driver,
      members: { attach: () => Promise.resolve(anObservation()), detach: done, mark: done },
      observe: () => Promise.resolve([]).finally(() => void log.push('observe')),
      [Symbol.asyncDispose]: async () => void log.push('close'),
    });
  });
  expect(await set.tryOut({ name: 'web', driver: 'simulated' }, null)).toEqual({
    makes: true,
    attaches: true,
  });
  expect(log).toEqual(['observe', 'close']);
  expect([set.providers.size, directories.some((directory) => existsSync(directory))]).toEqual([0, false]);
});

test('one whose place does not answer fails the trial with what is wrong, and is closed', async () => {
  const log: string[] = [];
  const set = new ProviderSet(aProviderContext(), async ({ name, driver }) =>
    aProvider({
      name,
      driver,
      observe: () => Promise.reject(new ProviderTransient('the cloud is away')),
      [Symbol.asyncDispose]: async () => void log.push('close'),
    }),
  );
  await expect(set.tryOut({ name: 'web', driver: 'simulated' }, null)).rejects.toThrow('the cloud is away');
  expect(log).toEqual(['close']);
});

test('one that takes no such template fails the trial with what is wrong, before its place is asked', async () => {
  const log: string[] = [];
  const set = new ProviderSet(aProviderContext(), async ({ name, driver }) =>
    aProvider({
      name,
      driver,
      checkTemplate: (template) => [{ pointer: '/size', message: `${JSON.stringify(template)} is none.` }],
      observe: () => Promise.resolve([]).finally(() => void log.push('observe')),
    }),
  );
  await expect(set.tryOut({ name: 'web', driver: 'simulated' }, { size: 'huge' })).rejects.toMatchObject({
    code: 'invalid_input',
    faults: [{ pointer: '/template/size', message: '{"size":"huge"} is none.' }],
  });
  await expect(
    new ProviderSet(aProviderContext()).tryOut({ name: 'web', driver: 'ec2' }, null),
  ).rejects.toMatchObject({
    code: 'invalid_input',
    faults: [expect.objectContaining({ pointer: '/settings' })],
  });
  expect(log).toEqual([]);
});

test('what a provider offers is what the core is told of it', async () => {
  const done = (): Promise<void> => Promise.resolve();
  const members = { attach: () => Promise.resolve(anObservation()), detach: done, mark: done };
  const set = new ProviderSet(aProviderContext(), async ({ name, driver }) =>
    aProvider({ name, driver, ...(name === 'keeper' ? { members } : {}) }),
  );
  await using prepared = await set.prepare(
    [
      { name: 'keeper', driver: 'test' },
      { name: 'maker', driver: 'test' },
    ],
    pointerOf,
  );
  expect(prepared.specs).toEqual([
    { name: 'keeper', driver: 'test', makes: true, attaches: true, options: {} },
    { name: 'maker', driver: 'test', makes: true, options: {} },
  ]);
});
