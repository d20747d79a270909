export { ConfigurationError, FAULTS_MAX } from './configuration-error.ts';
export type { ConfigurationFault, Position } from './configuration-error.ts';
export { memberPath, pointerTo } from './pointer.ts';
export { FILE_BYTES_MAX, readConfigurationFiles, STANDARD_INPUT } from './read-files.ts';
export { parseConfigurationText } from './merge-files.ts';
export type { ConfigurationText } from './merge-files.ts';
export { writeConfiguration } from './write-configuration.ts';
