import { once, repeat } from '../api.ts';
import type { Api, CallOptions } from '../api.ts';
import type { Cluster, ClusterResumption } from '../api.gen.ts';

/** Several servers of one world. */
export type ClusterOperations = {
  /** The replicas, as the one that is asked knows them, and who keeps the world. `GET /v1/cluster` */
  get(options?: CallOptions): Promise<Cluster>;
  /** The keeper hands the world over; answers when another keeps it. `POST /v1/cluster/step-down` */
  stepDown(options?: CallOptions): Promise<Cluster>;
  /** Goes on after the database went back, when somebody has looked at what is lost. `POST /v1/cluster/resume` */
  resume(input: ClusterResumption, options?: CallOptions): Promise<Cluster>;
};

/** The operations on replicas, over one API. */
export function clusterOperations(api: Api): ClusterOperations {
  const { http } = api;
  return {
    get: (options) => repeat(api, (init) => http.GET('/v1/cluster', init), options),
    stepDown: (options) => once(api, (init) => http.POST('/v1/cluster/step-down', init), options),
    resume: (body, options) =>
      once(api, (init) => http.POST('/v1/cluster/resume', { ...init, body }), options),
  };
}
