import { configure } from './configuration/configure.ts';
import type { Configure } from './configuration/configure.ts';
import { planConfiguration } from './configuration/plan-configuration.ts';
import type { PlanConfiguration } from './configuration/plan-configuration.ts';
import type { Plan } from './configuration/plan.ts';
import { unreachable } from './invariant.ts';
import { claimJob, releaseClaim } from './job/claim-job.ts';
import type { ClaimJob, JobClaimed, ReleaseClaim } from './job/claim-job.ts';
import { finishJob } from './job/finish-job.ts';
import type { FinishJob } from './job/finish-job.ts';
import { observe } from './job/observe.ts';
import type { Observe, Observed } from './job/observe.ts';
import { endLease } from './lease/end-lease.ts';
import type { EndLease } from './lease/end-lease.ts';
import { heartbeatLease, renewLease } from './lease/renew-lease.ts';
import type { HeartbeatLease, RenewLease } from './lease/renew-lease.ts';
import { requestLease } from './lease/request-lease.ts';
import type { LeaseRequested, RequestLease } from './lease/request-lease.ts';
import type { WorldEvent } from './model/event.ts';
import type { EndedLease, HeldLease, LiveLease } from './model/lease.ts';
import type { Pool } from './model/pool.ts';
import type { ProviderEntry } from './model/provider.ts';
import type { Resource } from './model/resource.ts';
import type { Secret } from './model/secret.ts';
import type { Run } from './model/run.ts';
import type { SealedRecord } from './model/turnover.ts';
import type { Token } from './model/token.ts';
import type { Profile, Workflow } from './model/workflow.ts';
import { putPool } from './pool/put-pool.ts';
import type { PutPool } from './pool/put-pool.ts';
import { moveMembers } from './pool/move-members.ts';
import type { MembersMoved, MoveMembers } from './pool/move-members.ts';
import { removePool } from './pool/remove-pool.ts';
import type { RemovePool } from './pool/remove-pool.ts';
import { putProvider } from './provider/put-provider.ts';
import type { PutProvider } from './provider/put-provider.ts';
import { removeProvider } from './provider/remove-provider.ts';
import type { RemoveProvider } from './provider/remove-provider.ts';
import { actOnResource } from './resource/act-on-resource.ts';
import type { ActOnResource } from './resource/act-on-resource.ts';
import { actOnResources, withStatuses } from './resource/act-on-resources.ts';
import type { ActedOnResources, ActOnResources } from './resource/act-on-resources.ts';
import { moveResource } from './resource/move-resource.ts';
import type { MoveResource } from './resource/move-resource.ts';
import { changeTraits, registerResource } from './resource/register-resource.ts';
import type { ChangeTraits, RegisterResource } from './resource/register-resource.ts';
import { reportHealth } from './resource/report-health.ts';
import type { ReportHealth } from './resource/report-health.ts';
import { resumeResources } from './resource/resume-resources.ts';
import type { ResumeResources } from './resource/resume-resources.ts';
import { putSecret, removeSecret, resealSecret } from './secret/secrets.ts';
import type { PutSecret, RemoveSecret, ResealSecret } from './secret/secrets.ts';
import { keepCredential } from './credential/keep-credential.ts';
import type { KeepCredential } from './credential/keep-credential.ts';
import { putCredential, resealCredential } from './credential/put-credential.ts';
import type { PutCredential, ResealCredential } from './credential/put-credential.ts';
import type { Credential } from './model/credential.ts';
import { keepPlaces } from './stage/keep-places.ts';
import type { KeepPlaces } from './stage/keep-places.ts';
import { noteHolding } from './stage/note-holding.ts';
import type { NoteHolding } from './stage/note-holding.ts';
import { putBack } from './stage/put-back.ts';
import type { PutBack } from './stage/put-back.ts';
import { syncStages } from './stage/sync-stages.ts';
import type { StagesSynced, SyncStages } from './stage/sync-stages.ts';
import { takeAwaySilent } from './stage/take-away-silent.ts';
import type { TakeAwaySilent } from './stage/take-away-silent.ts';
import { takeByStage } from './stage/take-by-stage.ts';
import type { TakeByStage, TakenByStage } from './stage/take-by-stage.ts';
import { takeNamed } from './stage/take-named.ts';
import type { TakenNamed, TakeNamed } from './stage/take-named.ts';
import { settle } from './settle.ts';
import { tick } from './tick.ts';
import type { Tick } from './tick.ts';
import { askMember } from './upkeep/ask-member.ts';
import type { AskMember, MemberAsked } from './upkeep/ask-member.ts';
import { configureUpkeep } from './upkeep/configure-upkeep.ts';
import type { ConfigureUpkeep } from './upkeep/configure-upkeep.ts';
import { createUpkeep } from './upkeep/create-upkeep.ts';
import type { CreateUpkeep } from './upkeep/create-upkeep.ts';
import { finishLook } from './upkeep/finish-look.ts';
import type { FinishLook } from './upkeep/finish-look.ts';
import { removeUpkeep } from './upkeep/remove-upkeep.ts';
import type { RemoveUpkeep } from './upkeep/remove-upkeep.ts';
import { startUpkeep, stopUpkeep } from './upkeep/run-upkeep.ts';
import type { StartUpkeep, StopUpkeep } from './upkeep/run-upkeep.ts';
import { setSize } from './upkeep/set-size.ts';
import type { SetSize, SizeSet } from './upkeep/set-size.ts';
import type { Upkeep } from './model/upkeep.ts';
import { createToken, revokeToken } from './token/tokens.ts';
import type { CreateToken, RevokeToken } from './token/tokens.ts';
import type { Webhook } from './model/webhook.ts';
import { noteDelivery, putWebhook, removeWebhook, resealWebhook, resumeWebhook } from './webhook/webhooks.ts';
import type {
  NoteDelivery,
  PutWebhook,
  RemoveWebhook,
  ResealWebhook,
  ResumeWebhook,
} from './webhook/webhooks.ts';
import { decideApproval } from './workflow/decide-approval.ts';
import type { DecideApproval } from './workflow/decide-approval.ts';
import { putProfile } from './workflow/put-profile.ts';
import type { PutProfile } from './workflow/put-profile.ts';
import { putWorkflow } from './workflow/put-workflow.ts';
import type { PutWorkflow } from './workflow/put-workflow.ts';
import { removeProfile } from './workflow/remove-profile.ts';
import type { RemoveProfile } from './workflow/remove-profile.ts';
import { removeWorkflow } from './workflow/remove-workflow.ts';
import type { RemoveWorkflow } from './workflow/remove-workflow.ts';
import { Transaction } from './world/transaction.ts';
import type { Change, DecisionContext } from './world/transaction.ts';
import type { World } from './world/world.ts';

/** Every command, with what it answers. */
export type Replies = {
  configure: [Configure, Plan];
  planConfiguration: [PlanConfiguration, Plan];
  putProvider: [PutProvider, ProviderEntry];
  removeProvider: [RemoveProvider, ProviderEntry];
  putWorkflow: [PutWorkflow, Workflow];
  removeWorkflow: [RemoveWorkflow, Workflow];
  putProfile: [PutProfile, Profile];
  removeProfile: [RemoveProfile, Profile];
  putPool: [PutPool, Pool];
  removePool: [RemovePool, Pool];
  registerResource: [RegisterResource, Resource];
  changeTraits: [ChangeTraits, Resource];
  moveResource: [MoveResource, Resource];
  moveMembers: [MoveMembers, MembersMoved];
  actOnResource: [ActOnResource, Resource | undefined];
  actOnResources: [ActOnResources, ActedOnResources];
  decideApproval: [DecideApproval, Run];
  resumeResources: [ResumeResources, { resumed: number }];
  requestLease: [RequestLease, LeaseRequested];
  endLease: [EndLease, EndedLease];
  renewLease: [RenewLease, HeldLease];
  heartbeatLease: [HeartbeatLease, LiveLease];
  claimJob: [ClaimJob, JobClaimed];
  releaseClaim: [ReleaseClaim, { isReleased: boolean }];
  finishJob: [FinishJob, { isAccepted: boolean }];
  observe: [Observe, Observed];
  putSecret: [PutSecret, Secret];
  resealSecret: [ResealSecret, { isResealed: boolean }];
  removeSecret: [RemoveSecret, Secret];
  reportHealth: [ReportHealth, { isAccepted: boolean }];
  createToken: [CreateToken, Token];
  revokeToken: [RevokeToken, Token];
  putWebhook: [PutWebhook, Webhook];
  removeWebhook: [RemoveWebhook, Webhook];
  resumeWebhook: [ResumeWebhook, Webhook];
  resealWebhook: [ResealWebhook, { isResealed: boolean }];
  noteDelivery: [NoteDelivery, Webhook | undefined];
  createUpkeep: [CreateUpkeep, Upkeep];
  configureUpkeep: [ConfigureUpkeep, Upkeep];
  startUpkeep: [StartUpkeep, Upkeep];
  stopUpkeep: [StopUpkeep, Upkeep];
  removeUpkeep: [RemoveUpkeep, Upkeep];
  finishLook: [FinishLook, { isAccepted: boolean }];
  setSize: [SetSize, SizeSet];
  askMember: [AskMember, MemberAsked];
  putCredential: [PutCredential, Credential | undefined];
  keepCredential: [KeepCredential, { isKept: boolean }];
  resealCredential: [ResealCredential, { isResealed: boolean }];
  takeByStage: [TakeByStage, TakenByStage];
  takeNamed: [TakeNamed, TakenNamed];
  putBack: [PutBack, Resource | undefined];
  noteHolding: [NoteHolding, Resource];
  takeAwaySilent: [TakeAwaySilent, Readonly<Record<string, string>>];
  syncStages: [SyncStages, StagesSynced];
  keepPlaces: [KeepPlaces, { kept: number }];
  tick: [Tick, { handled: number }];
};
export type CommandType = keyof Replies;
export type Command = Replies[CommandType][0];
export type ReplyTo<C extends Command> = Replies[C['type']][1];

/** Everything that follows from one command. */
export type Decision<Reply> = {
  readonly changes: readonly Change[];
  readonly events: readonly WorldEvent[];
  readonly ended: readonly EndedLease[];
  readonly endedRuns: readonly Run[];
  readonly records: readonly SealedRecord[];
  readonly reply: Reply;
};

/**
 * Decides one command: the only way in which the world changes.
 *
 * Shape: no clock, no chance and no outside but what `context` brings. What is decided is in the world when this returns, and
 * comes back as changes, events and a reply, to be made durable before anybody sees it.
 * Errors: a `Refusal`, or a defect; the world is then exactly as before.
 */
export function decide<C extends Command>(
  world: World,
  command: C,
  context: DecisionContext,
): Decision<ReplyTo<C>> {
  const tx = new Transaction(world, context);
  try {
    const answered = run(tx, command);
    // A plan leaves no trace, so it must not settle what others left either.
    if (leavesNoTrace(command)) return { ...NOTHING_DECIDED, reply: answered as ReplyTo<C> };
    settle(tx);
    const reply = asSettled(world, command.type, answered) as ReplyTo<C>;
    const { changes, events, ended, endedRuns, records } = tx;
    return { changes, events, ended, endedRuns, records, reply };
  } catch (error) {
    tx.rollBack();
    throw error;
  }
}

const NOTHING_DECIDED = { changes: [], events: [], ended: [], endedRuns: [], records: [] };

function leavesNoTrace(command: Command): boolean {
  return command.type === 'planConfiguration' || (command.type === 'actOnResources' && command.isDryRun);
}

/** What a command made or changed may have moved on while the world came to rest: the reply says how it is now. */
function asSettled(world: World, type: CommandType, reply: Replies[CommandType][1]): Replies[CommandType][1] {
  switch (type) {
    case 'requestLease': {
      const asked = reply as LeaseRequested;
      return { ...asked, lease: world.leases.get(asked.id) };
    }
    case 'moveMembers': {
      const { moved, left } = reply as MembersMoved;
      return { moved: moved.map((resource) => world.resources.get(resource.id) ?? resource), left };
    }
    case 'actOnResources':
      return withStatuses(world, reply as ActedOnResources);
    case 'registerResource':
    case 'changeTraits':
    case 'moveResource':
    case 'actOnResource':
    case 'putBack':
      return world.resources.get((reply as Resource | undefined)?.id ?? '');
    default:
      return reply;
  }
}

function run(tx: Transaction, command: Command): Replies[CommandType][1] {
  switch (command.type) {
    case 'requestLease':
      return requestLease(tx, command);
    case 'endLease':
      return endLease(tx, command);
    case 'renewLease':
      return renewLease(tx, command);
    case 'heartbeatLease':
      return heartbeatLease(tx, command);
    case 'claimJob':
      return claimJob(tx, command);
    case 'releaseClaim':
      return releaseClaim(tx, command);
    case 'finishJob':
      return finishJob(tx, command);
    case 'observe':
      return observe(tx, command);
    case 'reportHealth':
      return reportHealth(tx, command);
    case 'tick':
      return tick(tx);
    case 'configure':
      return configure(tx, command);
    case 'planConfiguration':
      return planConfiguration(tx, command);
    case 'putProvider':
      return putProvider(tx, command);
    case 'removeProvider':
      return removeProvider(tx, command);
    case 'putWorkflow':
      return putWorkflow(tx, command);
    case 'removeWorkflow':
      return removeWorkflow(tx, command);
    case 'putProfile':
      return putProfile(tx, command);
    case 'removeProfile':
      return removeProfile(tx, command);
    case 'putPool':
      return putPool(tx, command);
    case 'removePool':
      return removePool(tx, command);
    case 'registerResource':
      return registerResource(tx, command);
    case 'changeTraits':
      return changeTraits(tx, command);
    case 'moveResource':
      return moveResource(tx, command);
    case 'moveMembers':
      return moveMembers(tx, command);
    case 'actOnResource':
      return actOnResource(tx, command);
    case 'actOnResources':
      return actOnResources(tx, command);
    case 'decideApproval':
      return decideApproval(tx, command);
    case 'resumeResources':
      return resumeResources(tx, command);
    case 'putSecret':
      return putSecret(tx, command);
    case 'resealSecret':
      return resealSecret(tx, command);
    case 'removeSecret':
      return removeSecret(tx, command);
    case 'createToken':
      return createToken(tx, command);
    case 'revokeToken':
      return revokeToken(tx, command);
    case 'putWebhook':
      return putWebhook(tx, command);
    case 'removeWebhook':
      return removeWebhook(tx, command);
    case 'resumeWebhook':
      return resumeWebhook(tx, command);
    case 'resealWebhook':
      return resealWebhook(tx, command);
    case 'noteDelivery':
      return noteDelivery(tx, command);
    case 'createUpkeep':
      return createUpkeep(tx, command);
    case 'configureUpkeep':
      return configureUpkeep(tx, command);
    case 'startUpkeep':
      return startUpkeep(tx, command);
    case 'stopUpkeep':
      return stopUpkeep(tx, command);
    case 'removeUpkeep':
      return removeUpkeep(tx, command);
    case 'finishLook':
      return finishLook(tx, command);
    case 'setSize':
      return setSize(tx, command);
    case 'askMember':
      return askMember(tx, command);
    case 'putCredential':
      return putCredential(tx, command);
    case 'keepCredential':
      return keepCredential(tx, command);
    case 'resealCredential':
      return resealCredential(tx, command);
    case 'takeByStage':
      return takeByStage(tx, command);
    case 'takeNamed':
      return takeNamed(tx, command);
    case 'putBack':
      return putBack(tx, command);
    case 'noteHolding':
      return noteHolding(tx, command);
    case 'takeAwaySilent':
      return takeAwaySilent(tx, command);
    case 'syncStages':
      return syncStages(tx, command);
    case 'keepPlaces':
      return keepPlaces(tx, command);
    default:
      return unreachable(command);
  }
}
