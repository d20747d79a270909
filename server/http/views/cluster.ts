import type { ClusterStatus } from '../cluster-part.ts';
import { instantText } from '../instant.ts';
import type { ClusterBody } from '../schemas/cluster.ts';

/** How the cluster stands, as the API shows it. */
export function viewCluster({ halt, ...status }: ClusterStatus): ClusterBody {
  return { ...status, halt: halt && { ...halt, at: instantText(halt.at) } };
}
