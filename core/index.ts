export * from './errors.ts';
export * from './invariant.ts';
export * from './json.ts';
export { digestText } from './digest.ts';
export * from './duration.ts';
export { nearName } from './near-name.ts';
export * from './mask-values.ts';
export { replaceAt } from './replace-at.ts';
export * from './ids.ts';
export * from './model/pool.ts';
export * from './model/provider.ts';
export * from './model/provider-limits.ts';
export * from './model/resource.ts';
export * from './model/lease.ts';
export * from './model/health.ts';
export * from './model/leak.ts';
export * from './model/ledger.ts';
export * from './model/job.ts';
export * from './model/run.ts';
export * from './model/secret.ts';
export * from './model/transition.ts';
export * from './model/turnover.ts';
export * from './model/webhook.ts';
export * from './model/workflow.ts';
export * from './model/token.ts';
export * from './model/receipt.ts';
export * from './model/upkeep.ts';
export * from './model/stage.ts';
export * from './model/credential.ts';
export * from './model/event.ts';
export { FILTER_LENGTH_MAX } from './filter/filter.ts';
export { fitsSelector } from './filter/selector.ts';
export { SortedList, compareText } from './world/sorted-list.ts';
export { DOCUMENT_KINDS, createWorld, documentId, putDocument } from './world/world.ts';
export type { DocumentKind, Documents, World, WorldMeta } from './world/world.ts';
export type { Deadline } from './world/deadline.ts';
export type { PoolState, Usage } from './world/pool-state.ts';
export type { Change, DecisionContext } from './world/transaction.ts';
export { decide } from './decide.ts';
export type { Command, CommandType, Decision, Replies, ReplyTo } from './decide.ts';
export { nextTickAt } from './tick.ts';
export type { NoteDelivery, PutWebhook } from './webhook/webhooks.ts';
export type { Configure } from './configuration/configure.ts';
export type {
  Configuration,
  ConfiguredCredentials,
  ConfiguredPool,
  ConfiguredResource,
} from './configuration/configuration.ts';
export { PLAN_EFFECTS, PLAN_ENTRY_KINDS } from './configuration/plan.ts';
export type {
  MemberChange,
  Plan,
  PlanEffect,
  PlanEffectKind,
  PlanEntry,
  PlanWarning,
} from './configuration/plan.ts';
export { isSecretOption, secretsOfOptions } from './provider/secret-option.ts';
export type { SecretOption } from './provider/secret-option.ts';
export type { RequestLease, RequestedItem, LeaseRequested } from './lease/request-lease.ts';
export { LEASE_COUNT_MAX, LEASE_ITEMS_MAX, PRIORITY_MAX, QUEUE_LENGTH_MAX } from './lease/request-lease.ts';
export { POOL_DEFAULTS, POOL_SIZE_MAX, PROBES_MAX, ROLLOUT_SHARE, specOf } from './pool/put-pool.ts';
export { SPLIT_POOLS_MAX, SPLIT_WEIGHT_MAX } from './pool/split-pool.ts';
export { MOVE_COUNT_MAX } from './pool/move-members.ts';
export type { MembersMoved, MoveMembers } from './pool/move-members.ts';
export { ROOT_POOL } from './pool/pool-tree.ts';
export { memberCount, targetSize } from './pool/resize-pool.ts';
export { SECRET_NAME } from './secret/secrets.ts';
export { usersBySecret, usersOfSecret } from './secret/users-of-secret.ts';
export type { SecretNamers } from './secret/users-of-secret.ts';
export { requireShortName } from './resource/register-resource.ts';
export type { ResourceTraits } from './resource/register-resource.ts';
export { RESOURCE_ACTIONS } from './resource/act-on-resource.ts';
export { fillIn } from './workflow/interpolate.ts';
export type { FilledIn, Reference, ReferenceFault, ReferenceRoot, Scope } from './workflow/interpolate.ts';
export { effectiveParams, scopeOf } from './workflow/scope.ts';
export type { ResourceAction } from './resource/act-on-resource.ts';
export { ACTED_ON_MAX } from './resource/act-on-resources.ts';
export type { ActedOnResources, ActionResult, ActOnResources } from './resource/act-on-resources.ts';
export { findResources } from './resource/find-resources.ts';
export type { ResourceQuery } from './resource/find-resources.ts';
export { livenessOf } from './resource/health.ts';
export { isProbed } from './resource/report-health.ts';
export { ledgerEntryOf, ledgerEntryOfLeak } from './ledger/ledger-entry.ts';
export type { LedgerEntry } from './ledger/ledger-entry.ts';
export type { ReleaseReason } from './job/claim-job.ts';
export type { Observed } from './job/observe.ts';
export { STEPS_MAX, STEP_RETRIES_MAX, stepDefaults } from './workflow/workflow-faults.ts';
export { questionOf, refuseDecision } from './workflow/decide-approval.ts';
export { secretNamesIn } from './workflow/secret-names.ts';
export { namesOf } from './workflow/named-by-transitions.ts';
export type { TransitionName } from './workflow/named-by-transitions.ts';
export { poolsRunning } from './workflow/remove-workflow.ts';
export { poolsGiving } from './workflow/remove-profile.ts';
export { checkWorld } from './world/check-world.ts';
export type { Violation } from './world/check-world.ts';
export { createPositions, positionOf } from './lease/position.ts';
export { explainLease } from './explain/explain-lease.ts';
export type { ItemExplanation, LeaseExplanation, ReasonCount } from './explain/explain-lease.ts';
export type { MemberReason } from './explain/member-reason.ts';
export { PROVIDER_STATES, explainProvider } from './explain/explain-provider.ts';
export type {
  FindWork,
  ProviderExplanation,
  ProviderState,
  ProviderWork,
} from './explain/explain-provider.ts';
export { explainPool } from './explain/explain-pool.ts';
export type { PoolExplanation } from './explain/explain-pool.ts';
export { actionsOn, explainResource } from './explain/explain-resource.ts';
export type { RunExplanation } from './explain/explain-run.ts';
export type { ResourceExplanation } from './explain/explain-resource.ts';
export type { AskMember, MemberAsk, MemberAsked } from './upkeep/ask-member.ts';
export type { ConfigureUpkeep } from './upkeep/configure-upkeep.ts';
export type { FinishLook } from './upkeep/finish-look.ts';
export type { SizeSet } from './upkeep/set-size.ts';
export { DYNAMIC_MEMBERS_MAX } from './stage/require-stages.ts';
export { STAGE_TEXT_LENGTH_MAX } from './stage/require-staged.ts';
export { isStanding, stageAt, stageOf } from './stage/stage-of.ts';
export { isSynced, SYNCED_BY_STAGES, SYNCED_LABEL } from './stage/is-synced.ts';
export type { TakeByStage, TakenByStage } from './stage/take-by-stage.ts';
export type { TakeNamed, TakenNamed } from './stage/take-named.ts';
export type { ConfiguredType } from './stage/sync-stages.ts';
export type { StagedMembers } from './world/staged-members.ts';
export { upkeepOfPool, upkeepOfProvider } from './upkeep/owner.ts';
export { poolOfUpkeep, secretOfUpkeep } from './upkeep/names.ts';
export { isReachable } from './upkeep/is-reachable.ts';
export { poolSize } from './upkeep/pool-size.ts';
export type { PoolSize } from './upkeep/pool-size.ts';
export { findMachine, machineIdOf } from './upkeep/find-machine.ts';
