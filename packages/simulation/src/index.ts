export * from './processes/index.js';
export { FAULT_KINDS, FaultCounts, type FaultKind } from './faults/fault-counts.js';
export { runWorld, type WorldReport } from './run/run-world.js';
export { judge, simulate, type Simulated, type SimulateOptions, type Totals } from './run/simulate.js';
export { randomPlan, type PlanOptions } from './traffic/random-plan.js';
export type { Failure } from './world/failure.js';
export type { Plan, Step } from './world/plan.js';
