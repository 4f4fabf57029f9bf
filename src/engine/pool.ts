/**
 * Pools of exactly one thread, which a shard has for itself. The first thread may be started before
 * it is known what for: it loads its modules while the front end loads those of its own, and reads
 * its configuration.
 *
 * Source: ours. `atomics: 'disabled'` because in the default mode the timers of an idle worker do
 * not run, and a shard's checkpoints are timers.
 */
import { Piscina } from 'piscina';

/** What the pool runs: the function of that name in the worker module. */
export const TASK = 'serve';
/** Another one there, which does nothing: when it has run, the module is loaded. */
const NO_TASK = 'doNothing';

let early: { readonly worker: string; readonly pool: Piscina } | null = null;

function poolFor(worker: string): Piscina {
  return new Piscina({
    filename: worker,
    name: TASK,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
  });
}

/** Starts the first thread. Whoever comes to need none calls {@link dropEarly}. */
export function startEarly(worker: URL): void {
  early = { worker: worker.href, pool: poolFor(worker.href) };
}

/** The pool that was started early, where it is of the same worker module; or another. */
export function takePool(worker: URL): Piscina {
  if (early?.worker !== worker.href) return poolFor(worker.href);
  const { pool } = early;
  early = null;
  return pool;
}

/**
 * Ends what was started early and taken by nobody; not before it is loaded, for a thread that is
 * ended while it loads a module can take the process with it (Node 20, `Module::IsGraphAsync`).
 */
export async function dropEarly(): Promise<void> {
  const pool = early?.pool;
  early = null;
  await pool?.run(null, { name: NO_TASK }).catch(() => undefined);
  await pool?.destroy();
}
