import { connect as connectSocket } from 'node:net';
import type { Socket } from 'node:net';
import { Client } from 'ssh2';
import type { ClientErrorExtensions, ConnectConfig } from 'ssh2';
import type { Timers } from '../../timers.ts';
import { ConnectionDropped, connectionFault, hostKeyFault } from './connection-faults.ts';
import { isHostKeyRight } from './host-keys.ts';
import type { HostKeys } from './host-keys.ts';
import type { Target } from './target.ts';

/** How long a machine may take to accept a connection, and then to let us in. Milliseconds. */
const CONNECT_MS_MAX = 10_000;
const LOGIN_MS_MAX = 20_000;
/** Unanswered questions after which a machine counts as lost. */
const KEEPALIVES_MAX = 3;

export type Login = {
  readonly user: string;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly password?: string | undefined;
};

export type ConnectionRequest = {
  readonly target: Target;
  readonly login: Login;
  readonly hostKeys: HostKeys;
  /** How often the machine is asked whether it is still there, in milliseconds. */
  readonly keepaliveMs: number;
  readonly timers: Timers;
};

/** A connection that is logged in. Whoever has it ends it. */
export type Connection = Disposable & {
  readonly client: Client;
  /** The key that the machine showed. */
  readonly hostKey: Buffer;
  /** Resolves when it is no more, with why where that is known. */
  readonly lost: Promise<Error | null>;
};

/**
 * Opens one connection and logs in.
 *
 * Errors: `StepRefused` for a wrong host key; `ConnectionDropped` when the machine let go before it said who it is; an
 * error with what to do for everything else; the signal's reason.
 */
export async function openConnection(request: ConnectionRequest, signal: AbortSignal): Promise<Connection> {
  const socket = await openSocket(request, signal);
  const { target, login, hostKeys, keepaliveMs } = request;
  const client = new Client();
  let shown: Buffer | undefined;
  let hasShaken = false;
  let error: Error | null = null;
  const lost = new Promise<Error | null>((resolve) => {
    client.on('error', (fault) => {
      error ??= fault;
    });
    client.once('close', () => resolve(error));
  });
  client.once('handshake', () => {
    hasShaken = true;
  });
  answerQuestions(client, login.password);
  const ready = new Promise<void>((resolve) => {
    client.once('ready', resolve);
  });
  const isHostVerified = (key: Buffer): boolean => {
    shown = key;
    return isHostKeyRight(hostKeys, key);
  };
  client.connect(configOf({ login, hostKeys, keepaliveMs, socket, isHostVerified }));
  const abort = (): void => {
    client.destroy();
    socket.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const outcome = await Promise.race([ready.then(() => 'ready' as const), lost]);
    signal.throwIfAborted();
    if (outcome === 'ready' && shown !== undefined) {
      // Small packets go out at once: else each question waits for the answer to the one before, some 40 ms.
      client.setNoDelay(true);
      return { client, hostKey: shown, lost, [Symbol.dispose]: () => close(client, socket) };
    }
    if (shown !== undefined && !isHostKeyRight(hostKeys, shown)) throw hostKeyFault(target, hostKeys, shown);
    const fault: (Error & ClientErrorExtensions) | null = error;
    if (!hasShaken && isDrop(fault)) throw new ConnectionDropped(target, { cause: fault });
    throw connectionFault({ target, login, fault });
  } catch (refusal) {
    close(client, socket);
    throw refusal;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function configOf(input: {
  readonly login: Login;
  readonly hostKeys: HostKeys;
  readonly keepaliveMs: number;
  readonly socket: Socket;
  readonly isHostVerified: (key: Buffer) => boolean;
}): ConnectConfig {
  const { login, hostKeys } = input;
  return {
    sock: input.socket,
    username: login.user,
    hostVerifier: input.isHostVerified,
    readyTimeout: LOGIN_MS_MAX,
    keepaliveInterval: input.keepaliveMs,
    keepaliveCountMax: KEEPALIVES_MAX,
    ...(login.key === undefined ? {} : { privateKey: login.key }),
    ...(login.passphrase === undefined ? {} : { passphrase: login.passphrase }),
    ...(login.password === undefined ? {} : { password: login.password, tryKeyboard: true }),
    ...(hostKeys.algorithms === null ? {} : { algorithms: { serverHostKey: [...hostKeys.algorithms] } }),
  };
}

/** Some servers ask for the password as a question; it is answered once. */
function answerQuestions(client: Client, password: string | undefined): void {
  let hasAnswered = false;
  client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
    const answer = hasAnswered ? '' : (password ?? '');
    if (prompts.length > 0) hasAnswered = true;
    finish(prompts.map(() => answer));
  });
}

/** The machine let go before the keys were exchanged, as sshd does with what comes over its limit of start-ups. */
function isDrop(fault: (Error & ClientErrorExtensions) | null): boolean {
  if (fault === null) return true;
  const { code } = fault as NodeJS.ErrnoException;
  return (
    fault.message.startsWith('Connection lost before handshake') || code === 'ECONNRESET' || code === 'EPIPE'
  );
}

function close(client: Client, socket: Socket): void {
  client.end();
  socket.destroy();
}

/** Errors: what the system says, in words; the signal's reason. */
function openSocket(request: ConnectionRequest, signal: AbortSignal): Promise<Socket> {
  const { target, login, timers } = request;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connectSocket({ ...target, noDelay: true });
    const settle = (): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('connect', onConnect);
    };
    const fail = (error: Error): void => {
      settle();
      // What comes after the end of a connection that nobody has any more.
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const onError = (fault: Error): void => fail(connectionFault({ target, login, fault }));
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    const cancel = timers.set(CONNECT_MS_MAX, () => {
      const fault = Object.assign(new Error(`no answer within ${CONNECT_MS_MAX / 1_000} s`), {
        code: 'ETIMEDOUT',
      });
      onError(fault);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError).once('connect', onConnect);
  });
}
