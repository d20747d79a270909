import { connect } from 'node:net';
import type { ProbeAnswer, ProbeQuestion } from './contract.ts';

const PORT_MAX = 65_535;

/** A connection that can be made; it is closed at once. */
export function askTcp({ input }: ProbeQuestion, signal: AbortSignal): Promise<ProbeAnswer> {
  const { host } = input;
  const port = Number(input['port']);
  if (typeof host !== 'string' || !Number.isInteger(port) || port < 1 || port > PORT_MAX) {
    const detail = `${JSON.stringify(host)} port ${JSON.stringify(input['port'])} is no place to connect to`;
    return Promise.resolve({ result: 'unasked', detail });
  }
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    const answer = (said: ProbeAnswer): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(said);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    socket.once('connect', () => answer({ result: 'passed', detail: null }));
    socket.on('error', ({ message }) =>
      answer({ result: 'failed', detail: message || `no connection to ${host}` }),
    );
  });
}
