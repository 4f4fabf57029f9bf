/**
 * All load workloads, in the order in which they are run: what writes most comes first, and nothing
 * is removed before the end, for mass deletes slow the file system down for minutes.
 *
 * Source: ours.
 */
import { bigStoreScenario } from './big-store.js';
import { cycleScenario } from './cycles.js';
import { deliveryScenarios } from './deliveries.js';
import { fetchAllScenario } from './fetch-all.js';
import type { Scenario } from './scenario.js';
import { storedMailboxScenario } from './stored-mailbox.js';
import { submitScenario } from './submissions.js';

export const SCENARIOS: readonly Scenario[] = [
  ...deliveryScenarios,
  cycleScenario,
  submitScenario,
  fetchAllScenario,
  storedMailboxScenario,
  bigStoreScenario,
];
