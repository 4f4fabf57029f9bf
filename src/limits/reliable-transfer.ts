/**
 * The bounds of RTSE, and of the session's units that only it uses: unit, reason, and what must
 * hold between neighbours.
 *
 * Source: ours, where no standard is named.
 */
import { assert } from '../base/assert.js';
import {
  CONTENT_BYTES_MAX,
  ENVELOPE_BYTES_MAX,
  IDLE_TIME_MAX_MS,
  TSDU_BYTES_MAX,
} from '../limits.js';

/** X.225: a serial number has at most six digits. */
export const SESSION_SERIAL_MAX = 999_999;

/** X.225: an activity identifier, octets. */
export const ACTIVITY_IDENTIFIER_BYTES_MAX = 6;

/** X.225: each part of a session connection identifier, octets. */
export const SESSION_REFERENCE_BYTES_MAX = 64;

/**
 * Between two checkpoints of a transfer, in units of 1,024 octets: what is sent again after a
 * break, for each checkpoint that was not confirmed. Below it a peer's proposal is taken.
 */
export const CHECKPOINT_SIZE_KIBI = 64;

/**
 * Checkpoints that may be unconfirmed. With the size above, half a megabyte is on its way: it
 * carries 100 Mbit/s over 40 ms.
 */
export const CHECKPOINT_WINDOW = 8;

/** What an operator may set in their place. */
export const CHECKPOINT_SIZE_KIBI_CONFIGURED_MAX = 16_384;
export const CHECKPOINT_WINDOW_CONFIGURED_MAX = 64;

/** X.228: the window in force where nobody says another. */
export const CHECKPOINT_WINDOW_DEFAULT = 3;

/** Transfers in a row while the peer waits for the turn: it must not wait for ever. */
export const TURN_TRANSFERS_MAX = 64;

/**
 * Transfers that were interrupted and can be resumed: how many, their octets, and for how long. Who
 * has lost a connection is back within minutes, or begins again.
 */
export const INTERRUPTED_TRANSFERS_MAX = 64;
export const INTERRUPTED_TRANSFERS_BYTES_MAX = 256 * 1_024 * 1_024;
export const INTERRUPTED_TRANSFER_TIME_MS = 10 * 60_000;

/** How often a transfer is begun that the peer cannot take; then the association is aborted. */
export const TRANSFER_ATTEMPTS_MAX = 2;

/** A transfer in which nothing arrives; then its receiver says that it cannot go on. */
export const TRANSFER_TIME_MAX_MS = 5 * 60_000;

assert(
  (CONTENT_BYTES_MAX + ENVELOPE_BYTES_MAX) / 1_024 < SESSION_SERIAL_MAX,
  'a largest transfer can be numbered, whatever the size between checkpoints',
);
assert(
  TSDU_BYTES_MAX < INTERRUPTED_TRANSFERS_BYTES_MAX,
  'a largest transfer that was interrupted can be kept',
);
assert(
  TRANSFER_TIME_MAX_MS < IDLE_TIME_MAX_MS,
  'a transfer that rests ends before the association',
);
