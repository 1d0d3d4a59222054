export { boundMemory } from './memory.ts';
export { NotReady, startHealth, type Health } from './health.ts';
export { createLog, type Log, type LogLevel, LOG_LEVELS } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { runApp, type AppContext } from './app.ts';
export { readSettings, SettingsError, type SettingsOf, setting } from './settings.ts';
