import { once, repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { ApplyRequest, Configuration, Plan, PlanRequest } from '../api.gen.ts';

/** Providers, workflows, profiles and pools as one document. */
export type ConfigurationOperations = {
  /** The configuration that the server has, which plans to nothing. `GET /v1/config` */
  get(options?: CallOptions): Promise<Configuration>;
  /** Says what a configuration would change; changes nothing. `POST /v1/plan` */
  plan(request: PlanRequest, options?: CallOptions): Promise<Plan>;
  /**
   * Makes the server have a configuration, in one decision or not at all. With the `fingerprint` of a plan it is refused with
   * `plan_outdated` when something else would happen than what that plan said. `POST /v1/apply`
   *
   * @example
   * ```ts
   * import { createPoolkeeper } from '@poolkeeper/client';
   *
   * const { configuration } = createPoolkeeper({ url: 'http://127.0.0.1:7420', token: 'pk_…' });
   * const config = await configuration.get();
   * const plan = await configuration.plan({ config, prune: true });
   * if (!plan.destructive) await configuration.apply({ config, prune: true, fingerprint: plan.fingerprint });
   * ```
   */
  apply(request: ApplyRequest, options?: CallOptions): Promise<Plan>;
};

/** Applying is as good twice as once, but not for a fingerprint: after a lost answer its own success would be held against it. */
export function configurationOperations(api: Api): ConfigurationOperations {
  const { http } = api;
  return {
    get: (options) => repeat(api, (init) => http.GET('/v1/config', { ...init }), options),
    plan: (body, options) => repeat(api, (init) => http.POST('/v1/plan', { ...init, body }), options),
    apply: (body, options) => {
      const send = body.fingerprint === undefined ? repeat : once;
      return send(api, (init) => http.POST('/v1/apply', { ...init, body }), options);
    },
  };
}
