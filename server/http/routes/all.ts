import type { AddRoutes } from '../parts.ts';
import { addApplyConfiguration } from './configuration/apply-configuration.ts';
import { addGetCluster } from './cluster/get-cluster.ts';
import { addResumeCluster } from './cluster/resume-cluster.ts';
import { addStepDown } from './cluster/step-down.ts';
import { addGetConfiguration } from './configuration/get-configuration.ts';
import { addPlanConfiguration } from './configuration/plan-configuration.ts';
import { addErrors } from './errors.ts';
import { addEvents } from './events.ts';
import { addHealth } from './health.ts';
import { addListLedger } from './ledger/list-ledger.ts';
import { addEndLease } from './leases/end-lease.ts';
import { addExplainLease } from './leases/explain-lease.ts';
import { addGetLease } from './leases/get-lease.ts';
import { addGetLeaseCredentials } from './leases/get-lease-credentials.ts';
import { addHeartbeatLease } from './leases/heartbeat-lease.ts';
import { addListLeases } from './leases/list-leases.ts';
import { addRenewLease } from './leases/renew-lease.ts';
import { addRequestLease } from './leases/request-lease.ts';
import { addMetrics } from './metrics.ts';
import { addDeletePool } from './pools/delete-pool.ts';
import { addExplainPool } from './pools/explain-pool.ts';
import { addGetPool } from './pools/get-pool.ts';
import { addMoveMembers } from './pools/move-members.ts';
import { addListPools } from './pools/list-pools.ts';
import { addPatchPool } from './pools/patch-pool.ts';
import { addPutPool } from './pools/put-pool.ts';
import { addDeleteProfile } from './profiles/delete-profile.ts';
import { addGetProfile } from './profiles/get-profile.ts';
import { addListProfiles } from './profiles/list-profiles.ts';
import { addPutProfile } from './profiles/put-profile.ts';
import { addGetProvider } from './providers/get-provider.ts';
import { addDeleteProvider } from './providers/delete-provider.ts';
import { addPutProvider } from './providers/put-provider.ts';
import { addListProviders } from './providers/list-providers.ts';
import { addActOnResource } from './resources/act-on-resource.ts';
import { addActOnResources } from './resources/act-on-resources.ts';
import { addExplainResource } from './resources/explain-resource.ts';
import { addGetCredentials } from './resources/get-credentials.ts';
import { addGetResource } from './resources/get-resource.ts';
import { addListResourceEvents } from './resources/list-resource-events.ts';
import { addListResources } from './resources/list-resources.ts';
import { addMoveResource } from './resources/move-resource.ts';
import { addPutCredentials } from './resources/put-credentials.ts';
import { addPatchResource } from './resources/patch-resource.ts';
import { addRegisterResource } from './resources/register-resource.ts';
import { addExportTurnovers } from './resources/export-turnovers.ts';
import { addListTurnovers } from './resources/list-turnovers.ts';
import { addRoot } from './root.ts';
import { addClaimRunnerJob } from './runners/claim-job.ts';
import { addListRunners } from './runners/list-runners.ts';
import {
  addFinishRunnerJob,
  addHeartbeatRunnerJob,
  addReleaseRunnerJob,
  addWriteRunnerOutput,
} from './runners/report-job.ts';
import { addDeleteSecret } from './secrets/delete-secret.ts';
import { addGetSecret } from './secrets/get-secret.ts';
import { addListSecrets } from './secrets/list-secrets.ts';
import { addPutSecret } from './secrets/put-secret.ts';
import { addDecideApproval } from './runs/decide-approval.ts';
import { addGetRunLog } from './runs/get-run-log.ts';
import { addGetRun } from './runs/get-run.ts';
import { addListRuns } from './runs/list-runs.ts';
import { addGetSigningKeys } from './signing-keys/get-signing-keys.ts';
import { addRotateSigningKey } from './signing-keys/rotate-signing-key.ts';
import { addCreateToken } from './tokens/create-token.ts';
import { addGetToken } from './tokens/get-token.ts';
import { addListTokens } from './tokens/list-tokens.ts';
import { addRevokeToken } from './tokens/revoke-token.ts';
import { addDeleteWorkflow } from './workflows/delete-workflow.ts';
import { addGetWorkflow } from './workflows/get-workflow.ts';
import { addListWorkflows } from './workflows/list-workflows.ts';
import { addPutWorkflow } from './workflows/put-workflow.ts';
import { addActOnWebhook } from './webhooks/act-on-webhook.ts';
import { addDeleteWebhook } from './webhooks/delete-webhook.ts';
import { addGetWebhook } from './webhooks/get-webhook.ts';
import { addListWebhooks } from './webhooks/list-webhooks.ts';
import { addPutWebhook } from './webhooks/put-webhook.ts';

/** The routes under `/v1`. */
export const API_ROUTES: readonly AddRoutes[] = [
  addRequestLease,
  addListLeases,
  addGetLease,
  addEndLease,
  addRenewLease,
  addHeartbeatLease,
  addGetLeaseCredentials,
  addExplainLease,
  addListPools,
  addGetPool,
  addPutPool,
  addPatchPool,
  addDeletePool,
  addExplainPool,
  addMoveMembers,
  addListProviders,
  addGetProvider,
  addPutProvider,
  addDeleteProvider,
  addListWorkflows,
  addGetWorkflow,
  addPutWorkflow,
  addDeleteWorkflow,
  addListProfiles,
  addGetProfile,
  addPutProfile,
  addDeleteProfile,
  addListResources,
  addRegisterResource,
  addGetResource,
  addPatchResource,
  addGetCredentials,
  addPutCredentials,
  addMoveResource,
  addActOnResource,
  addActOnResources,
  addExplainResource,
  addListResourceEvents,
  addListLedger,
  addGetRunLog,
  addListTurnovers,
  addExportTurnovers,
  addListRuns,
  addGetRun,
  addDecideApproval,
  addRotateSigningKey,
  addPlanConfiguration,
  addApplyConfiguration,
  addGetConfiguration,
  addListRunners,
  addClaimRunnerJob,
  addHeartbeatRunnerJob,
  addWriteRunnerOutput,
  addFinishRunnerJob,
  addReleaseRunnerJob,
  addListSecrets,
  addGetSecret,
  addPutSecret,
  addDeleteSecret,
  addListTokens,
  addCreateToken,
  addGetToken,
  addRevokeToken,
  addListWebhooks,
  addGetWebhook,
  addPutWebhook,
  addDeleteWebhook,
  addActOnWebhook,
  addEvents,
  addGetCluster,
  addStepDown,
  addResumeCluster,
];

/** The routes beside it, for people and for what watches the server. */
export const SERVER_ROUTES: readonly AddRoutes[] = [
  addRoot,
  addHealth,
  addMetrics,
  addErrors,
  addGetSigningKeys,
];
