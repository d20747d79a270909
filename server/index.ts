export { startServer } from './main.ts';
export type { RunningServer } from './main.ts';
export { readSettings, SettingsError } from './config/environment.ts';
export type { SettingFlags, Settings } from './config/environment.ts';
export { ConfigurationError } from './config/configuration-error.ts';
export { StoreFailure } from './store/contract.ts';
export { startCloudSimulator } from './cloud-simulator/start-simulator.ts';
export type { RunningSimulator } from './cloud-simulator/start-simulator.ts';
export { VERSION } from './version.ts';
