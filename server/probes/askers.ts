import { maskError } from '../jobs/mask-result.ts';
import { needlesOf } from '../jobs/secret-mask.ts';
import type { OpenedInput } from '../jobs/step-contract.ts';
import type { StepExecutors } from '../steps/contract.ts';
import { askHttp } from './ask-http.ts';
import { createAskStep } from './ask-step.ts';
import { askTcp } from './ask-tcp.ts';
import type { Askers, AskProbe, ProbeQuestion } from './contract.ts';

/** Opens the secrets of an input. Errors: one whose message says which is not there, free of secrets. */
export type OpenSecrets = (question: Pick<ProbeQuestion, 'input' | 'secrets'>) => Promise<OpenedInput>;

/** Every kind of probe: two of the server's own, two done as the steps of their kind are. */
export function createAskers(executors: StepExecutors, openSecrets: OpenSecrets): Askers {
  return {
    http: withSecrets(askHttp, openSecrets),
    tcp: askTcp,
    exec: withSecrets(createAskStep('exec', executors), openSecrets),
    ssh: withSecrets(createAskStep('ssh', executors), openSecrets),
  };
}

/** What is answered goes into events, holds and the log, and may tell what a program wrote last: secrets are masked in it. */
function withSecrets(ask: AskProbe, openSecrets: OpenSecrets): AskProbe {
  return async (question, signal) => {
    if (question.secrets.length === 0) return ask(question, signal);
    let opened: OpenedInput;
    try {
      opened = await openSecrets(question);
    } catch (error) {
      signal.throwIfAborted();
      return { result: 'unasked', detail: (error as Error).message };
    }
    const needles = needlesOf(opened.secretValues);
    try {
      const { result, detail } = await ask({ ...question, input: opened.input }, signal);
      return { result, detail: detail === null ? null : maskError(needles, detail) };
    } catch (error) {
      signal.throwIfAborted();
      return { result: 'failed', detail: maskError(needles, error) };
    }
  };
}

/** For a server that has no secrets to open. */
export const openNoSecrets: OpenSecrets = ({ input, secrets }) =>
  secrets.length === 0
    ? Promise.resolve({ input, secretValues: [] })
    : Promise.reject(new Error('the probe names secrets, and this server opens none'));
