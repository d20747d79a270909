import type { ConfigurationText } from '@poolkeeper/config-file';
import type { ConfigurationSpec } from '../schemas/configuration-spec.ts';

/** What a configuration file says, checked as far as a file can be checked by itself. */
export type Configuration = ConfigurationSpec & {
  /** What others find wrong with members, such as the refusal of `configure`, as an error that says where they stand. */
  readonly refuse: ConfigurationText['refuse'];
};
