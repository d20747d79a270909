export { startServer } from './main.ts';
export type { RunningServer } from './main.ts';
export { readSettings, SettingsError } from './config/environment.ts';
export type { SettingFlags, Settings } from './config/environment.ts';
export { ConfigurationError } from '@poolkeeper/config-file';
export { StoreFailure } from './store/contract.ts';
export { VERSION } from './version.ts';
