/** A scenario of `npm run e2e -- --scenario NAME`: what happens while orders live. */
import type { Ground, Outcome } from '../ground.js';

/** Undefined where the command line says nothing: then the scenario knows what it needs. */
export interface ScenarioFlags {
  readonly orders?: number;
  readonly connections: number;
  readonly seed: number;
  readonly rate?: number;
}

/** @returns one outcome for each stack that it used. */
export type Scenario = (flags: ScenarioFlags, ground: Ground) => Promise<readonly Outcome[]>;
