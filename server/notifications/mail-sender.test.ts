import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Webhook, WorldEvent } from '@poolkeeper/core';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { systemTimers } from '../system-clock.ts';
import { createMailSender } from './mail-sender.ts';
import { messageOf } from './message.ts';
import { startMailServer } from './testing/test-mail-server.ts';
import type { Mail } from './testing/test-mail-server.ts';

const ending: (() => void)[] = [];
afterEach(() => ending.splice(0).forEach((end) => end()));

async function aMailServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const server = await startMailServer(options);
  ending.push(server.close);
  return server;
}

function senderTo(port: number, more: { user?: string; partly?: number[] } = {}) {
  const user = more.user === undefined ? '' : `${more.user}@`;
  return createMailSender({
    smtp: { url: `smtp://${user}127.0.0.1:${port}`, from: 'poolkeeper@example.org' },
    timers: systemTimers,
    onPartly: (_webhook, count) => more.partly?.push(count),
  });
}

const WEBHOOK: Webhook = {
  name: 'nights',
  kind: 'mail',
  to: ['ops@example.org', 'lab@example.org'],
  types: ['*'],
  pools: null,
  isDisabled: false,
  sealedSecret: null,
  sentThrough: 0,
  trouble: null,
  version: 1,
  createdAt: 0,
};

function anEvent(more: Partial<WorldEvent> = {}): WorldEvent {
  const at = Date.parse('2026-01-02T03:04:05.678Z');
  return {
    seq: 7,
    at,
    type: 'lease.expiring',
    pool: 'boards',
    resource: 'res_1',
    lease: 'lse_1',
    holder: 'ann',
    data: { expiresAt: at + 600_000, resources: [{ name: 'boards-1' }] },
    ...more,
  };
}

const { signal } = new AbortController();
const aMessage = (...events: WorldEvent[]) => messageOf({ kind: 'events', events }, 0);

describe('a mail', () => {
  test('says in its subject what happened to what, and in its text when and why', async () => {
    const { port, mails } = await aMailServer();
    expect(await senderTo(port).send(WEBHOOK, aMessage(anEvent()), signal)).toEqual({ isDelivered: true });
    const [mail] = mails as [Mail];
    expect(mail).toMatchObject({
      to: ['ops@example.org', 'lab@example.org'],
      from: 'poolkeeper@example.org',
    });
    expect(mail.text).toContain('Subject: Poolkeeper: Lease lse_1 of ann ends soon\r\n');
    expect(mail.text).toMatch(/Message-ID: <msg_7_[0-9a-z]+@poolkeeper>/);
    expect(mail.text).toContain('Auto-Submitted: auto-generated');
    for (const line of ['ends: 2026-01-02 03:14:05 UTC', 'resources: boards-1', 'webhook "nights"'])
      expect(mail.text).toContain(line);
  });

  test('tells of several events that came together', async () => {
    const { port, mails } = await aMailServer();
    const held = anEvent({ seq: 8, type: 'resource.held', data: { reason: 'job_failed' } });
    const gone = anEvent({ seq: 9, type: 'pool.removed', resource: null, lease: null, data: {} });
    await senderTo(port).send(WEBHOOK, aMessage(anEvent(), held, gone), signal);
    expect(mails[0]?.text).toContain('Lease lse_1 of ann ends soon, and 2 more');
    expect(mails[0]?.text).toContain('Resource res_1 in pool boards is held for a person.');
    expect(mails[0]?.text).toContain('reason: job_failed');
    expect(mails[0]?.text).toContain('Pool boards was removed.');
  });

  test('cannot be made to another mail by what is in an event', async () => {
    const { port, mails } = await aMailServer();
    const holder = 'ann\r\nBcc: eve@example.org';
    await senderTo(port).send(WEBHOOK, aMessage(anEvent({ holder })), signal);
    const head = mails[0]?.text.split('\r\n\r\n')[0] ?? '';
    expect(head).not.toMatch(/^Bcc:/m);
    expect(mails[0]?.to).toEqual(WEBHOOK.to);
  });

  test('of a test and of lost events', async () => {
    const { port, mails } = await aMailServer();
    const sender = senderTo(port);
    await sender.send(WEBHOOK, { id: 'msg_test', at: 0, content: { kind: 'test' } }, signal);
    await sender.send(WEBHOOK, messageOf({ kind: 'gap', from: 3, to: 9 }, 0), signal);
    expect(mails.map(({ text }) => /Subject: (.*)/.exec(text)?.[1])).toEqual([
      'A test from Poolkeeper',
      'Some news from Poolkeeper are lost',
    ]);
    expect(mails[1]?.text).toContain('Events 3 to 9 were forgotten');
  });
});

describe('a mail server', () => {
  test('that refuses every address (550) is tried again, with what it said', async () => {
    const { port } = await aMailServer({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('No such mailbox here'), { responseCode: 550 })),
    });
    expect(await senderTo(port).send(WEBHOOK, aMessage(anEvent()), signal)).toMatchObject({
      isDelivered: false,
      error: 'The mail server refused it: 550 No such mailbox here',
      isFinal: false,
    });
  });

  test('that refuses one of two addresses has taken the mail, and somebody hears of it', async () => {
    const { port, mails } = await aMailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('lab') ? Object.assign(new Error('no'), { responseCode: 550 }) : null),
    });
    const partly: number[] = [];
    const sent = await senderTo(port, { partly }).send(WEBHOOK, aMessage(anEvent()), signal);
    expect([sent, mails[0]?.to, partly]).toEqual([{ isDelivered: true }, ['ops@example.org'], [1]]);
  });

  test('that is not there', async () => {
    const { port } = await aMailServer();
    ending.splice(0).forEach((end) => end());
    await expect
      .poll(async () => senderTo(port).send(WEBHOOK, aMessage(anEvent()), signal))
      .toMatchObject({ isDelivered: false, error: expect.stringContaining('cannot be reached') });
  });

  test('that never greets ends with the signal', async () => {
    const sockets: Socket[] = [];
    const dead: Server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
    ending.push(() => {
      for (const socket of sockets) socket.destroy();
      dead.close();
    });
    const stop = new AbortController();
    const { port } = dead.address() as AddressInfo;
    const sent = senderTo(port).send(WEBHOOK, aMessage(anEvent()), stop.signal);
    await expect.poll(() => sockets.length).toBe(1);
    stop.abort();
    expect(await sent).toMatchObject({ isDelivered: false });
  });

  test('that takes no such password does not have it repeated in the error', async () => {
    const { port } = await aMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('Wrong user or password')),
    });
    const result = await senderTo(port, { user: 'poolkeeper:hunter2' }).send(
      WEBHOOK,
      aMessage(anEvent()),
      signal,
    );
    expect(result).toMatchObject({ isDelivered: false });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('that nobody named', async () => {
    const sender = createMailSender({ smtp: null, timers: systemTimers, onPartly: () => {} });
    expect(await sender.send(WEBHOOK, aMessage(anEvent()), signal)).toMatchObject({
      error: expect.stringContaining('--smtp-url'),
    });
  });
});
