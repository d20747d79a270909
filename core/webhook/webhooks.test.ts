import { describe, expect, test } from 'vitest';
import type { Webhook, WebhookSpec } from '../model/webhook.ts';
import { typesOfPattern, wantsEvent } from '../model/webhook.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { TestWorld } from '../testing/world-builder.ts';
import { checkWorld } from '../world/check-world.ts';
import { DELIVERY_TROUBLE_MS_MAX, WEBHOOKS_MAX } from './webhooks.ts';

function aSpec(more: Partial<WebhookSpec> = {}): WebhookSpec {
  const to = ['http://127.0.0.1:9/'];
  return { name: 'ops', kind: 'http', to, types: ['lease.*'], pools: null, isDisabled: false, ...more };
}

function put(t: TestWorld, more: Partial<WebhookSpec> = {}, version?: number): Webhook {
  const asked = version === undefined ? {} : { version };
  return t.do({ type: 'putWebhook', spec: aSpec(more), sealedSecret: 'sealed', ...asked });
}

function fail(t: TestWorld, { name, version, sentThrough }: Webhook, more = {}): Webhook {
  const failure = { error: 'it answered 500', retryAfterMs: null, isFinal: false, ...more };
  return t.do({ type: 'noteDelivery', webhook: name, version, sentThrough, failure }) as Webhook;
}

describe('a webhook', () => {
  test('hears of what happens after it was made, and keeps its place when it is changed (N3)', () => {
    const t = new TestWorld();
    t.staticPool('boards', [{}]);
    const made = put(t);
    expect(made).toMatchObject({ version: 1, sentThrough: t.world.meta.eventSeq, sealedSecret: 'sealed' });
    t.request('ann', 'boards');
    const changed = t.do({ type: 'putWebhook', spec: aSpec({ types: ['*'] }) });
    expect(changed).toMatchObject({ version: 2, sentThrough: made.sentThrough, sealedSecret: 'sealed' });
    expect(t.do({ type: 'removeWebhook', name: 'ops', version: 2 }).name).toBe('ops');
    expect(t.world.webhooks.size).toBe(0);
    expect(checkWorld(t.world)).toEqual([]);
  });

  test('is refused for events, pools and versions that are not there', () => {
    const t = new TestWorld();
    expect(refusalOf(() => put(t, { types: ['lease.*', 'lend.*'] }))).toMatchObject({
      code: 'invalid_input',
      at: '/events/types/1',
    });
    expect(refusalOf(() => put(t, { pools: ['nope'] }))).toMatchObject({
      code: 'pool_not_found',
      at: '/events/pools/0',
    });
    expect(refusalOf(() => put(t, {}, 1)).code).toBe('webhook_not_found');
    put(t);
    expect(refusalOf(() => put(t, {}, 2)).code).toBe('version_mismatch');
    expect(refusalOf(() => t.do({ type: 'removeWebhook', name: 'no' })).code).toBe('webhook_not_found');
    expect(refusalOf(() => t.do({ type: 'resumeWebhook', name: 'no' })).code).toBe('webhook_not_found');
  });

  test('may be changed when a pool that it names has gone', () => {
    const t = new TestWorld();
    t.staticPool('boards', []);
    put(t, { pools: ['boards'] });
    t.do({ type: 'removePool', name: 'boards' });
    expect(put(t, { pools: ['boards'], isDisabled: true })).toMatchObject({ isDisabled: true });
  });

  test('is one of a bounded number', () => {
    const t = new TestWorld();
    for (let n = 0; n < WEBHOOKS_MAX; n += 1) put(t, { name: `hook-${n}` });
    expect(refusalOf(() => put(t, { name: 'one-more' })).message).toContain('remove one');
    expect(put(t, { name: 'hook-0' }).version).toBe(2);
  });

  test('takes the same secret under another key, unless it has another by then', () => {
    const t = new TestWorld();
    const hook = put(t);
    const reseal = { type: 'resealWebhook', name: 'ops', sealed: 'anew' } as const;
    expect(t.do({ ...reseal, before: 'older' }).isResealed).toBe(false);
    expect(t.decide({ ...reseal, before: 'sealed' })).toMatchObject({
      reply: { isResealed: true },
      events: [],
    });
    expect(t.world.webhooks.get('ops')).toEqual({ ...hook, sealedSecret: 'anew' });
  });

  test('is nowhere in events but by its name: neither its address nor its secret', () => {
    const t = new TestWorld();
    const { events } = t.decide({ type: 'putWebhook', spec: aSpec(), sealedSecret: 'sealed' });
    expect(events).toMatchObject([{ type: 'webhook.changed', data: { name: 'ops', version: 1 } }]);
    expect(JSON.stringify(events)).not.toMatch(/127\.0\.0\.1|sealed/);
  });
});

describe('the place of a receiver', () => {
  test('never goes back, nor beyond what has happened, and makes no event (N3)', () => {
    const t = new TestWorld();
    const hook = put(t);
    t.staticPool('boards', [{}, {}]);
    const last = t.world.meta.eventSeq;
    const note = (sentThrough: number) =>
      t.decide({ type: 'noteDelivery', webhook: 'ops', version: hook.version, sentThrough, failure: null });
    expect(note(last - 1)).toMatchObject({ events: [], reply: { sentThrough: last - 1 } });
    expect(note(1)).toMatchObject({ changes: [], reply: { sentThrough: last - 1 } });
    expect(note(last + 100).reply).toMatchObject({ sentThrough: last });
    expect(t.world.webhooks.get('ops')?.version).toBe(hook.version);
  });

  test('of one that has been removed is not noted', () => {
    const t = new TestWorld();
    const hook = put(t);
    t.do({ type: 'removeWebhook', name: 'ops' });
    expect(fail(t, hook)).toBeUndefined();
    expect(t.world.webhooks.size).toBe(0);
  });
});

describe('a delivery that fails (N4)', () => {
  test('is tried again after 5 s, doubling up to an hour, spread over the upper half', () => {
    const t = new TestWorld();
    let hook = put(t);
    const pauses: number[] = [];
    for (let n = 0; n < 13; n += 1) {
      hook = fail(t, hook);
      pauses.push((hook.trouble?.notBefore ?? 0) - t.now);
    }
    expect(pauses.slice(0, 3)).toEqual([3_750, 7_500, 15_000]);
    expect(pauses.slice(-2)).toEqual([2_700_000, 2_700_000]);
    expect(hook.trouble).toMatchObject({ attempts: 13, since: t.now, error: 'it answered 500' });
  });

  test('is tried again no sooner than the receiver asks, within an hour', () => {
    const t = new TestWorld();
    const hook = put(t);
    expect(fail(t, hook, { retryAfterMs: 120_000 }).trouble?.notBefore).toBe(t.now + 120_000);
    expect(fail(t, hook, { retryAfterMs: 1e12 }).trouble?.notBefore).toBe(t.now + 3_600_000);
  });

  test('is forgotten by the next that succeeds, and by a change of the webhook', () => {
    const t = new TestWorld();
    const hook = put(t);
    fail(t, hook);
    const note = { type: 'noteDelivery', webhook: 'ops', version: hook.version } as const;
    expect(t.do({ ...note, sentThrough: hook.sentThrough, failure: null })?.trouble).toBeNull();
    fail(t, hook);
    expect(put(t, { to: ['http://127.0.0.1:10/'] }).trouble).toBeNull();
    expect(fail(t, hook).trouble, 'it was sent to where the webhook was').toBeNull();
  });
});

describe('a receiver is given up (N5)', () => {
  test('after five days of failures, with an event, and goes on where it stands when a person says so', () => {
    const t = new TestWorld();
    const hook = put(t);
    fail(t, hook);
    t.now += DELIVERY_TROUBLE_MS_MAX - 1;
    expect(fail(t, hook).trouble?.isStopped).toBe(false);
    t.now += 1;
    const { reply, events } = t.decide({
      type: 'noteDelivery',
      webhook: 'ops',
      version: 1,
      sentThrough: hook.sentThrough,
      failure: { error: 'no answer', retryAfterMs: null, isFinal: false },
    });
    expect(reply).toMatchObject({ sentThrough: hook.sentThrough, trouble: { isStopped: true } });
    expect(events).toMatchObject([{ type: 'webhook.stopped', data: { name: 'ops', reason: 'no answer' } }]);
    const resumed = t.decide({ type: 'resumeWebhook', name: 'ops' });
    expect(resumed).toMatchObject({
      reply: { trouble: null, sentThrough: hook.sentThrough },
      events: [{ type: 'webhook.resumed' }],
    });
    expect(t.decide({ type: 'resumeWebhook', name: 'ops' }).events).toEqual([]);
  });

  test('at once when it says that nothing is to be sent there again', () => {
    const t = new TestWorld();
    expect(fail(t, put(t), { isFinal: true }).trouble?.isStopped).toBe(true);
  });
});

describe('what a subscriber wants', () => {
  const event = (more: object) =>
    ({
      seq: 1,
      at: 0,
      type: 'lease.granted',
      pool: null,
      resource: null,
      lease: 'l',
      holder: 'ann',
      data: {},
      ...more,
    }) as const;

  test.each([
    ['lease.granted', ['lease.granted']],
    ['token.*', ['token.created', 'token.revoked']],
    ['lease.gran*', []],
    ['lease', []],
    ['.*', []],
  ])('%s means %j', (pattern, types) => {
    expect(typesOfPattern(pattern)).toEqual(types);
  });

  test('by type, and by every pool that an event is about', () => {
    const wants = wantsEvent({ types: ['lease.granted', 'lease.renewed'], pools: ['boards'] });
    expect(wants(event({ pool: 'boards' }))).toBe(true);
    expect(wants(event({ pool: 'web' }))).toBe(false);
    expect(wants(event({}))).toBe(false);
    expect(wants(event({ data: { resources: [{ pool: 'web' }, { pool: 'boards' }] } }))).toBe(true);
    expect(wants(event({ type: 'lease.renewed', data: { pools: ['web', 'boards'] } }))).toBe(true);
    expect(wants(event({ type: 'lease.ended', pool: 'boards' }))).toBe(false);
  });
});
