export { type Reply, type Scenario, SCENARIOS, TEXTS } from './scenario.ts';
export { type Fault, FAULTS } from './fault.ts';
export { NOTIFY_FAULTS, type NotifyFault } from './notify/fault.ts';
export { VALIDATE_FAULTS, type ValidateFault } from './validate/fault.ts';
export type { BookSummary, Entry } from './book/entry.ts';
export type { RunningServer } from './server.ts';
export { type SimulatorSettings, simulatorSettings } from './settings.ts';
export { startSimulator } from './simulator.ts';
export type { World } from './world.ts';
