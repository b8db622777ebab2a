/** Which checks there are, by their kind: each is one line here, for the command line, the schedule of the service and the console alike. */
import type { CheckKind } from '../../domain/reconciliation/discrepancy.js';
import type { Check } from '../../reconcile/ports.js';
import type { DeployedPipeline, Deployment } from './deployment.js';
import { openSourceCheck, sourceChecks } from './source.js';

/** What of it is asked for. */
export interface CheckAsked {
  /** By the names of their definitions; none: all. Of checks that look at tables. */
  readonly tables: readonly string[];
}

export const ALL: CheckAsked = { tables: [] };

export interface CheckOpener {
  /** Names of the checks of this kind that the deployment has, such as `projection:shipping`; none where nothing is declared. */
  readonly names: (of: DeployedPipeline) => readonly string[];
  /** @param name one of {@link names}. @throws DragomanError what it needs is not declared, or cannot be reached. */
  readonly open: (deployment: Deployment, name: string, asked: CheckAsked) => Promise<Check>;
}

export const CHECK_OPENERS: Readonly<Partial<Record<CheckKind, CheckOpener>>> = {
  source: {
    names: sourceChecks,
    open: async (deployment, _, { tables }) => openSourceCheck(deployment, tables),
  },
};
