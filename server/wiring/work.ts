import { effectiveParams } from '@poolkeeper/core';
import { Configurator } from '../configurator.ts';
import { createStepCredentials } from '../credentials.ts';
import { viewEvent } from '../http/views/event.ts';
import { createJobRunner } from '../jobs/job-runner.ts';
import type { LocalJobRunner } from '../jobs/job-runner.ts';
import { createOpenStepInput } from '../jobs/open-step-input.ts';
import type { OpenNamed } from '../jobs/open-step-input.ts';
import { WorldKeeper } from '../keeper/keeper.ts';
import { createHttpSender } from '../notifications/http-sender.ts';
import { createMailSender } from '../notifications/mail-sender.ts';
import { Notifier } from '../notifications/notifier.ts';
import { ProviderFollower } from '../provider-follower.ts';
import { createOpenSecret } from '../provider-secrets.ts';
import { ProviderSet } from '../provider-set.ts';
import { createRemoteWork } from '../remote-runners.ts';
import { RunLogs } from '../run-log/run-logs.ts';
import type { RemoteWork } from '../runners/remote-work.ts';
import { findSecrets } from '../secret-keys.ts';
import { createServerSteps } from '../step-executors.ts';
import { createStepCheck } from '../steps/check-step.ts';
import type { StepExecutors } from '../steps/contract.ts';
import { VERSION } from '../version.ts';
import type { Ground } from './ground.ts';

/** What decides, and what works on the outside world because of it. */
export type Work = {
  readonly keeper: WorldKeeper;
  readonly providers: ProviderSet;
  readonly configurator: Configurator;
  readonly executors: StepExecutors;
  readonly openInput: OpenNamed;
  readonly runLogs: RunLogs;
  readonly remote: RemoteWork;
  readonly runner: LocalJobRunner;
  readonly following: ProviderFollower;
  readonly notifier: Notifier;
  /** Tells outside work to end, and resolves when it did. Again: the same. */
  endOutside(): Promise<void>;
  /** Ends everything: outside work, then the keeper, then what the two used. */
  [Symbol.asyncDispose](): Promise<void>;
};

/** Wires it: nothing is opened, asked or begun before the keeper starts. */
export function wireWork(ground: Ground): Work {
  const { store, clock, secretBox, metrics, logger } = ground;
  const { timers } = ground.machine;
  const used = new AsyncDisposableStack();
  const outside = new AsyncDisposableStack();
  const providers = used.use(createProviderSet(ground, () => keeper));
  const runLogs = used.use(new RunLogs({ store: store.runLog, clock, timers, logger }));
  const executors = createSteps(ground, { providers, keeper: () => keeper });
  const keeper = createKeeper(ground, {
    executors,
    onLoad: () => {
      following.follow();
      notifier.follow();
    },
  });
  const openInput = createOpenStepInput({
    findSecrets: (names) => findSecrets(keeper, names),
    open: (name, sealed) => secretBox.open(name, sealed),
  });
  const remote = outside.use(createRemoteWork(keeper, { clock, timers, logger, openInput, logs: runLogs }));
  const runner = outside.use(
    createJobRunner({
      providers: providers.providers,
      clock,
      timers,
      random: ground.machine.random,
      logger,
      report: async (job, outcome) => void (await keeper.ask({ type: 'finishJob', job, outcome })),
      reportLook: async (seen) => void (await keeper.ask({ type: 'finishLook', ...seen })),
      called: metrics.observeCall,
      steps: { executors, openInput, logs: runLogs, remote },
    }),
  );
  const called = metrics.observeCall;
  const following = new ProviderFollower({
    keeper: () => keeper,
    providers,
    runner,
    called,
    clock,
    timers,
    logger,
  });
  outside.use(following);
  const notifier = outside.use(createNotifier(ground, () => keeper));
  const { credentialSeal, newId } = ground;
  const configurator = new Configurator(keeper, providers, { seal: credentialSeal, newId });
  let ended: Promise<void> | undefined;
  const endOutside = (): Promise<void> => (ended ??= outside.disposeAsync());
  return {
    keeper,
    providers,
    configurator,
    executors,
    openInput,
    runLogs,
    remote,
    runner,
    following,
    notifier,
    endOutside,
    [Symbol.asyncDispose]: async () => {
      await endOutside();
      await keeper[Symbol.asyncDispose]();
      await used.disposeAsync();
    },
  };
}

/** Parts are wired before the keeper that they ask; none asks before it started. */
type ToKeeper = () => WorldKeeper;

function createProviderSet(ground: Ground, keeper: ToKeeper): ProviderSet {
  const { settings, clock, machine, logger, secretBox, sharedInstance } = ground;
  return new ProviderSet({
    dataDirectory: settings.dataDirectory,
    configDirectory: ground.files.configDirectory,
    environment: process.env,
    clock,
    timers: machine.timers,
    random: machine.random,
    logger,
    openSecret: createOpenSecret({
      findSecret: async (name) => (await findSecrets(keeper(), [name])).get(name),
      open: (name, sealed) => secretBox.open(name, sealed),
    }),
    ...(sharedInstance === undefined ? {} : { sharedInstance }),
  });
}

function createSteps(
  ground: Ground,
  { providers, keeper }: { readonly providers: ProviderSet; readonly keeper: ToKeeper },
): StepExecutors {
  const { settings, files, machine, clock, stepOwner, credentialSeal } = ground;
  const directory = files.configDirectory;
  return createServerSteps({
    directory,
    owner: stepOwner,
    policy: settings.execSteps ?? (settings.configFile === null ? 'off' : { folder: directory }),
    environment: process.env,
    providers: providers.providers,
    credentials: createStepCredentials({ keeper, seal: credentialSeal, clock }),
    paramsOf: (id) =>
      keeper().read((world) => {
        const resource = world.resources.get(id);
        return resource === undefined ? {} : effectiveParams(world, resource);
      }),
    timers: machine.timers,
    clock: machine.elapsed,
    random: machine.random,
  });
}

function createKeeper(
  ground: Ground,
  { executors, onLoad }: { readonly executors: StepExecutors; readonly onLoad: () => void },
): WorldKeeper {
  const { machine, store, clock, signingKeys, newId, logger, metrics } = ground;
  return new WorldKeeper({
    store,
    clock,
    elapsed: machine.elapsed,
    timers: machine.timers,
    random: machine.random,
    sealRecord: signingKeys.sealRecord,
    checkStep: createStepCheck(executors),
    newId,
    defer: setImmediate,
    logger,
    probe: metrics.probe,
    onLoad,
  });
}

function createNotifier(ground: Ground, keeper: ToKeeper): Notifier {
  const { settings, clock, machine, secretBox, logger, metrics } = ground;
  const { timers } = machine;
  return new Notifier({
    keeper,
    senders: {
      http: createHttpSender({ sealing: secretBox, view: viewEvent, clock, timers, version: VERSION }),
      mail: createMailSender({
        smtp: settings.mail,
        timers,
        onPartly: (webhook, count) =>
          logger.warn({ webhook, count }, 'the mail server refused some of the addresses of a webhook'),
      }),
    },
    sealing: secretBox,
    sendsMail: settings.mail !== null,
    timers,
    logger,
    probe: metrics.observeDelivery,
  });
}
