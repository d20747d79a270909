import type { StepExecutors } from '../steps/contract.ts';
import { askHttp } from './ask-http.ts';
import { createAskStep } from './ask-step.ts';
import type { OpenSecrets } from './ask-step.ts';
import { askTcp } from './ask-tcp.ts';
import type { Askers, AskProbe } from './contract.ts';

/** Every kind of probe: two of the server's own, two done as the steps of their kind are. */
export function createAskers(executors: StepExecutors, openSecrets: OpenSecrets): Askers {
  return {
    http: withSecrets(askHttp, openSecrets),
    tcp: askTcp,
    exec: createAskStep('exec', executors, openSecrets),
    ssh: createAskStep('ssh', executors, openSecrets),
  };
}

function withSecrets(ask: AskProbe, openSecrets: OpenSecrets): AskProbe {
  return async (question, signal) => {
    if (question.secrets.length === 0) return ask(question, signal);
    try {
      return await ask({ ...question, input: await openSecrets(question) }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { result: 'unasked', detail: (error as Error).message };
    }
  };
}
