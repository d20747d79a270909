import type { AddRoutes } from '../parts.ts';
import { addApplyConfiguration } from './configuration/apply-configuration.ts';
import { addGetConfiguration } from './configuration/get-configuration.ts';
import { addPlanConfiguration } from './configuration/plan-configuration.ts';
import { addErrors } from './errors.ts';
import { addEvents } from './events.ts';
import { addHealth } from './health.ts';
import { addEndLease } from './leases/end-lease.ts';
import { addExplainLease } from './leases/explain-lease.ts';
import { addGetLease } from './leases/get-lease.ts';
import { addHeartbeatLease } from './leases/heartbeat-lease.ts';
import { addListLeases } from './leases/list-leases.ts';
import { addRenewLease } from './leases/renew-lease.ts';
import { addRequestLease } from './leases/request-lease.ts';
import { addMetrics } from './metrics.ts';
import { addDeletePool } from './pools/delete-pool.ts';
import { addExplainPool } from './pools/explain-pool.ts';
import { addGetPool } from './pools/get-pool.ts';
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
import { addExplainResource } from './resources/explain-resource.ts';
import { addGetResource } from './resources/get-resource.ts';
import { addListResourceEvents } from './resources/list-resource-events.ts';
import { addListResources } from './resources/list-resources.ts';
import { addMoveResource } from './resources/move-resource.ts';
import { addPatchResource } from './resources/patch-resource.ts';
import { addRegisterResource } from './resources/register-resource.ts';
import { addRoot } from './root.ts';
import { addGetRunLog } from './runs/get-run-log.ts';
import { addCreateToken } from './tokens/create-token.ts';
import { addGetToken } from './tokens/get-token.ts';
import { addListTokens } from './tokens/list-tokens.ts';
import { addRevokeToken } from './tokens/revoke-token.ts';
import { addDeleteWorkflow } from './workflows/delete-workflow.ts';
import { addGetWorkflow } from './workflows/get-workflow.ts';
import { addListWorkflows } from './workflows/list-workflows.ts';
import { addPutWorkflow } from './workflows/put-workflow.ts';

/** The routes under `/v1`. */
export const API_ROUTES: readonly AddRoutes[] = [
  addRequestLease,
  addListLeases,
  addGetLease,
  addEndLease,
  addRenewLease,
  addHeartbeatLease,
  addExplainLease,
  addListPools,
  addGetPool,
  addPutPool,
  addPatchPool,
  addDeletePool,
  addExplainPool,
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
  addMoveResource,
  addActOnResource,
  addExplainResource,
  addListResourceEvents,
  addGetRunLog,
  addPlanConfiguration,
  addApplyConfiguration,
  addGetConfiguration,
  addListTokens,
  addCreateToken,
  addGetToken,
  addRevokeToken,
  addEvents,
];

/** The routes beside it, for people and for what watches the server. */
export const SERVER_ROUTES: readonly AddRoutes[] = [addRoot, addHealth, addMetrics, addErrors];
