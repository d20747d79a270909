import { describe, expect, test } from 'vitest';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { TOKENS_MAX } from './tokens.ts';
import type { CreateToken } from './tokens.ts';

function create(t: TestWorld, more: Partial<CreateToken> = {}) {
  return t.decide({
    type: 'createToken',
    name: 'ci',
    hash: 'hash-of-ci',
    role: 'holder',
    pools: null,
    quota: {},
    expiresAt: null,
    ...more,
  });
}

describe('a token is created', () => {
  test('and found by its hash and its name (W9)', () => {
    const t = new TestWorld();
    const { reply } = create(t);
    expect(reply).toMatchObject({ name: 'ci', hash: 'hash-of-ci', role: 'holder', createdAt: t.now });
    expect(t.world.tokenByHash.get('hash-of-ci')).toBe(reply.id);
    expect(t.world.tokenByName.get('ci')).toBe(reply.id);
  });

  test('and its hash is in no event (W9)', () => {
    const { events } = create(new TestWorld());
    expect(events.map((event) => event.type)).toEqual(['token.created']);
    expect(JSON.stringify(events)).not.toContain('hash-of-ci');
  });

  test('for pools that are there', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    expect(create(t, { pools: ['boards'] }).reply.pools).toEqual(['boards']);
    const more = { name: 'other', pools: ['boards', 'none'] };
    expect(refusalOf(() => create(t, more))).toMatchObject({ code: 'pool_not_found', at: '/pools/1' });
  });

  test('under a name that nobody else has (W9)', () => {
    const t = new TestWorld();
    create(t);
    expect(refusalOf(() => create(t, { hash: 'other' }))).toMatchObject({
      code: 'token_name_taken',
      at: '/name',
    });
    expect(t.world.tokenByHash.has('other')).toBe(false);
  });

  test.each([0, -1])('and not for a time that is over already: now and %i ms', (ms) => {
    const t = new TestWorld();
    expect(refusalOf(() => create(t, { expiresAt: t.now + ms }))).toMatchObject({
      code: 'invalid_input',
      at: '/ttl',
    });
    expect(create(t, { expiresAt: t.now + 1 }).reply.expiresAt).toBe(t.now + 1);
  });

  test('while there are fewer than the most', () => {
    const t = new TestWorld();
    for (let n = 0; n < TOKENS_MAX; n += 1) create(t, { name: `t${n}`, hash: `h${n}` });
    expect(refusalOf(() => create(t))).toMatchObject({ code: 'invalid_input', at: '/name' });
  });
});

describe('labels', () => {
  test('bind a runner', () => {
    const token = create(new TestWorld(), { role: 'runner', labels: { site: 'a' } }).reply;
    expect(token).toMatchObject({ role: 'runner', labels: { site: 'a' } });
  });

  test('are for runners alone', () => {
    const refused = refusalOf(() => create(new TestWorld(), { labels: { site: 'a' } }));
    expect(refused).toMatchObject({ code: 'invalid_input', at: '/labels' });
  });
});

describe('a token is revoked', () => {
  test('at once, and its leases stay', () => {
    const t = new TestWorld();
    t.staticPool('boards', [{}]);
    const token = create(t).reply;
    const lease = t.request('ci', 'boards');
    const { events } = t.decide({ type: 'revokeToken', token: token.id });
    expect(events).toMatchObject([{ type: 'token.revoked', data: { name: 'ci', reason: 'revoked' } }]);
    expect([t.world.tokens.size, t.world.tokenByHash.size, t.world.tokenByName.size]).toEqual([0, 0, 0]);
    expect(t.held(lease)).toHaveLength(1);
    expect(create(t).reply.name).toBe('ci');
  });

  test('once', () => {
    const t = new TestWorld();
    const token = create(t).reply;
    t.do({ type: 'revokeToken', token: token.id });
    expect(refusalOf(() => t.do({ type: 'revokeToken', token: token.id })).code).toBe('token_not_found');
  });
});
