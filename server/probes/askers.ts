import type { StepExecutors } from '../steps/contract.ts';
import { askHttp } from './ask-http.ts';
import { createAskStep } from './ask-step.ts';
import type { MaskWith } from './ask-step.ts';
import { askTcp } from './ask-tcp.ts';
import type { Askers, AskProbe, ProbeQuestion } from './contract.ts';

/** An input with its secrets in place. `mask` takes them out of a text that is to be told. */
type OpenedProbe = { readonly input: ProbeQuestion['input']; readonly mask: (text: string) => string };
/** Opens the secrets of an input. Errors: one whose message says which is not there, free of secrets. */
export type OpenSecrets = (question: Pick<ProbeQuestion, 'input' | 'secrets'>) => Promise<OpenedProbe>;

/** Every kind of probe: two of the server's own, the others done as the steps of their kind are. */
export function createAskers(executors: StepExecutors, openSecrets: OpenSecrets, maskWith: MaskWith): Askers {
  return {
    http: withSecrets(askHttp, openSecrets),
    tcp: askTcp,
    exec: withSecrets(createAskStep('exec', executors, maskWith), openSecrets),
    ssh: withSecrets(createAskStep('ssh', executors, maskWith), openSecrets),
    provider: withSecrets(createAskStep('provider', executors, maskWith), openSecrets),
  };
}

/** What is answered goes into events, holds and the log, and may tell what a program wrote last: secrets are masked in it. */
function withSecrets(ask: AskProbe, openSecrets: OpenSecrets): AskProbe {
  return async (question, signal) => {
    if (question.secrets.length === 0) return ask(question, signal);
    let opened: OpenedProbe;
    try {
      opened = await openSecrets(question);
    } catch (error) {
      signal.throwIfAborted();
      return { result: 'unasked', detail: (error as Error).message };
    }
    const { input, mask } = opened;
    try {
      const { result, detail } = await ask({ ...question, input }, signal);
      return { result, detail: detail === null ? null : mask(detail) };
    } catch (error) {
      signal.throwIfAborted();
      return { result: 'failed', detail: mask((error as Error).message) };
    }
  };
}
