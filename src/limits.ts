/**
 * Every bound in one place: its unit, why it has this value, and what must hold between neighbours.
 * Those of RTSE stand in limits/reliable-transfer.ts, and the upper bounds of the standards that we
 * take as they are in limits/upper-bounds.ts.
 *
 * What an operator may change is in `config`, with these as defaults or as ends of the range.
 *
 * Source: ours, where no standard is named. X.411 Annex C and X.413 Annex for the ub- values.
 */
import { assert } from './base/assert.js';

const KIBI = 1024;
const MEBI = 1024 * KIBI;

// BER ------------------------------------------------------------------------------------------

/**
 * Nesting of one BER value. Deepest legal values: a forwarded message in a forwarded message, about
 * 40; a filter of FILTER_DEPTH_MAX, two levels each. Recursion in the decoder is bounded by this.
 */
export const BER_DEPTH_MAX = 128;

/** Elements directly within one SET OF or SEQUENCE OF: ub-recipients, the largest in X.411. */
export const BER_ELEMENTS_MAX = 32_767;

/** Contents octets of an INTEGER that we turn into a number. */
export const BER_INTEGER_BYTES_MAX = 8;

/**
 * Contents octets of an OBJECT IDENTIFIER. X.660 sets none; the longest registered are under 64.
 */
export const BER_OID_BYTES_MAX = 128;

// Transport ------------------------------------------------------------------------------------

/** RFC 1006: the length field is 16 bits and counts its own four octets. */
export const TPKT_BYTES_MAX = 65_535;
export const TPKT_BYTES_MIN = 7;

/** RFC 1006 section 5: the TPDU size in force when neither side names one. */
export const TPDU_BYTES_DEFAULT = 65_531;

/** X.224 13.3.4: the smallest size that can be negotiated. */
export const TPDU_BYTES_MIN = 128;

/**
 * T-selector octets (C1, C2). ISODE keeps 64; X.224 practice is 32. We take what a peer may hold.
 */
export const T_SELECTOR_BYTES_MAX = 64;

// Session --------------------------------------------------------------------------------------

/** X.225 8.3.1.19: extended user data of one CONNECT. */
export const CONNECT_USER_DATA_BYTES_MAX = 10_240;

/** X.225: user data (PGI 193) of a CONNECT; more goes into extended user data. */
export const CONNECT_USER_DATA_SHORT_BYTES_MAX = 512;

/** S-selector octets (PI 51, 52). ISODE keeps 64. */
export const S_SELECTOR_BYTES_MAX = 64;

// Presentation and association control -----------------------------------------------------------

/** Presentation contexts that one association may define. X.400 needs five. */
export const PRESENTATION_CONTEXTS_MAX = 32;

/** P-selector octets. The protocol sets no bound. */
export const P_SELECTOR_BYTES_MAX = 64;

/** Octets that an unauthenticated peer may make us hold: one CONNECT with its certificates. */
export const PRE_BIND_BYTES_MAX = 64 * KIBI;

// Messages ---------------------------------------------------------------------------------------

/** Content of one message, octets. The biggest traffic met is file transfer of tens of MB. */
export const CONTENT_BYTES_MAX = 64 * MEBI;

/** What surrounds the content in one TSDU: 32,767 recipients do not fit, 4,000 do. */
export const ENVELOPE_BYTES_MAX = MEBI;

/** One reassembled TSDU. Above it the association is aborted. */
export const TSDU_BYTES_MAX = CONTENT_BYTES_MAX + ENVELOPE_BYTES_MAX;

/**
 * Octets of TSDUs under reassembly in the whole process; beyond it reading from the newest stops.
 */
export const REASSEMBLY_BYTES_MAX = 512 * MEBI;

// Associations -----------------------------------------------------------------------------------

/** Associations in all; beyond it a CONNECT REQUEST is answered with congestion. */
export const ASSOCIATIONS_MAX = 4_096;

/** Associations from one network address: one broken client must not take all of them. */
export const ASSOCIATIONS_PER_ADDRESS_MAX = 1_024;

/**
 * Connections on which no bind has come yet, in all and from one network address. Beyond it the one
 * that has waited longest is closed: a flood of them must not shut out who binds at once.
 */
export const CONNECTIONS_UNBOUND_MAX = 1_024;
export const CONNECTIONS_UNBOUND_PER_ADDRESS_MAX = 256;

/** Associations of one mailbox. */
export const ASSOCIATIONS_PER_MAILBOX_MAX = 64;

/** Ways in which O/R names of recipients were spelled, whose mailboxes are remembered. */
export const SPELLINGS_REMEMBERED_MAX = 16_384;

/** Associations of one MTA: many at once carry more, and one MTA must not take all of them. */
export const ASSOCIATIONS_PER_MTA_MAX = 256;

/** Deliveries in a row that are refused for temporary trouble before the MTA is asked to hold. */
export const DELIVERY_REFUSALS_BEFORE_HOLD = 3;

/** How long an MTA is asked to hold its deliveries. A full disk is seldom emptied sooner. */
export const DELIVERY_HOLD_MS = 30_000;

/** Invocations of one peer that we hold unanswered; beyond it RORJ resource-limitation. */
export const INVOCATIONS_OUTSTANDING_MAX = 100;

/** What an operator may set in its place: each costs a waiting argument. */
export const OPERATIONS_OUTSTANDING_CONFIGURED_MAX = 10_000;

/** Operations that a client of ours has with the store at one time, unless it is told otherwise. */
export const CLIENT_OPERATIONS_OUTSTANDING = 16;

/** Octets of results on their way to one user, as far as his last ones tell. */
export const RESULTS_IN_FLIGHT_BYTES_MAX = 64 * MEBI;

/** Rejects sent to one peer before it is aborted. */
export const REJECTS_MAX = 10;

/** From TCP accept to a complete bind. */
export const BIND_TIME_MAX_MS = 30_000;

/** A TPKT whose rest does not come. */
export const PARTIAL_PACKET_TIME_MAX_MS = 60_000;

/** An association on which nothing arrives. */
export const IDLE_TIME_MAX_MS = 15 * 60_000;

/** After an abort or refusal: how long we wait for the peer to close TCP. ISODE waits the same. */
export const CLOSE_TIME_MAX_MS = 30_000;

/** After the peer asked to release: how long outstanding operations may take. */
export const RELEASE_TIME_MAX_MS = 60_000;

/** A planned stop: how long outstanding operations may take. */
export const STOP_TIME_MAX_MS = 60_000;

/** A planned stop: how long peers that have heard our abort may take to close TCP. */
export const STOP_CLOSE_TIME_MAX_MS = 1_000;

/** An operation of ours that the peer does not answer. */
export const REPLY_TIME_MAX_MS = 120_000;

/**
 * Wrong passwords are answered after this, right ones at once: guessing gets slow, work does not.
 */
export const BIND_REFUSAL_DELAY_MS = 500;

/** Room for what is written at once. A peer that does not take all of it keeps it for a while. */
export const WRITING_ROOM_BYTES = 128 * KIBI;

/** Octets of answers that one peer has not taken; beyond it we do not read from that peer. */
export const SOCKET_BACKLOG_BYTES_MAX = 4 * MEBI;

/**
 * The same, beyond which the association ends. Whoever has much on its way when it stops reading
 * comes to a few largest messages; only who asks for a hundred at once and takes none comes here.
 */
export const SOCKET_BACKLOG_BYTES_LAST = 512 * MEBI;

// Towards the MTAs -------------------------------------------------------------------------------

/** From the start of a TCP connection to an MTA until it is there. */
export const MTA_CONNECT_TIME_MAX_MS = 10_000;

/** An association to an MTA with nothing outstanding is kept for so long: users come in bursts. */
export const MTA_ASSOCIATION_IDLE_MS = 60_000;

/**
 * Associations that the store opens to one MTA, unless the operator says otherwise: each mailbox
 * that submits has one of its own, and where there are more of them each submission costs a bind.
 */
export const MTA_ASSOCIATIONS = 32;
/** What an operator may set in its place. */
export const MTA_ASSOCIATIONS_CONFIGURED_MAX = 256;

/** Operations without an answer on one of them, unless the operator says otherwise. */
export const MTA_OPERATIONS_OUTSTANDING = 16;

/**
 * Operations that one association carries before it makes room for a mailbox that waits for one: a
 * bind costs about as much as a few of them.
 */
export const MTA_TURN_OPERATIONS = 64;

/**
 * After an association to an MTA could not be had, the next is tried after this, doubled each time
 * up to the second, and then anything from half to the whole of it. Until then users are refused.
 */
export const MTA_RETRY_MIN_MS = 1_000;
export const MTA_RETRY_MAX_MS = 60_000;

/** A planned stop: how long MTAs may take to agree to a release, when all users have ended. */
export const MTA_RELEASE_TIME_MAX_MS = 5_000;

/** How long a submission may wait for its turn on an association before it is refused. */
export const SUBMISSION_WAIT_MAX_MS = 60_000;

/** Submissions on their way to MTAs, and their octets; beyond it P7 users are not read from. */
export const SUBMISSIONS_MAX = 10_000;
export const SUBMISSIONS_BYTES_MAX = 256 * MEBI;

/**
 * Submissions whose submitter is remembered, so that a report that names one finds its mailbox on
 * an association that serves many. About 200 octets each.
 */
export const SUBMITTERS_REMEMBERED_MAX = 65_536;

/** Messages that the simulated MTA holds: deferred ones, and those on their way to stores. */
export const SIMULATED_MESSAGES_MAX = 100_000;

// Between the threads
// ------------------------------------------------------------------------------

/** Octets of requests on their way to one shard; beyond it the front end stops reading. */
export const SHARD_QUEUE_BYTES_MAX = 128 * MEBI;

/** Requests on their way to one shard. */
export const SHARD_QUEUE_REQUESTS_MAX = 10_000;

/** Slots: mailboxes hash to slots, slots belong to shards. FROZEN: the journal carries slots. */
export const SLOT_COUNT = 1_024;

/** Mailboxes whose hash a thread remembers, about 100 octets each; beyond it, it begins anew. */
export const MAILBOX_HASHES_MAX = 100_000;

/** Shard threads of one process. */
export const SHARDS_MAX = 64;

// Store ------------------------------------------------------------------------------------------

/** ub-messages: the greatest sequence number. */
export const SEQUENCE_NUMBER_MAX = 2_147_483_647;

/** A journal segment. Preallocated: growing a file in every commit costs a factor of three. */
export const JOURNAL_SEGMENT_BYTES = 64 * MEBI;

/**
 * The segment that a start begins with: there at once, so that the first delivery need not wait for
 * a large one to be filled with zeros.
 */
export const JOURNAL_FIRST_SEGMENT_BYTES = 4 * MEBI;

/**
 * Segments of one shard on disk, spares included. What is acknowledged and has no file yet lives
 * here, so this is how long a rush may last: 400,000 messages of 10 kB, 20 s at 20,000/s. Beyond it
 * deliveries wait for files. A start after a kill reads as much, at about 1 GB/s.
 */
export const JOURNAL_BYTES_MAX = 4_096 * MEBI;

/** Room that deliveries leave to deletes and status changes, so that a full disk can be emptied. */
export const JOURNAL_RESERVE_BYTES = 4 * MEBI;

/** Segments that stand ready: one may fill while the next is made. */
export const JOURNAL_SPARES_READY = 2;

/** Segments kept for being written again: what one checkpoint frees in a rush. */
export const JOURNAL_SPARES_MAX = 8;

/** Journal that a checkpoint could free before one begins. Small enough to sync in a second. */
export const CHECKPOINT_BYTES = 256 * MEBI;

/** Changes to files that wait. Each holds about 200 octets of memory. */
export const FILE_BACKLOG_CHANGES_MAX = 500_000;

/**
 * A message is this old before it gets a file: what its reader fetches and deletes at once, never
 * does.
 */
export const FILE_AGE_MIN_MS = 1_000;

/** A stop writes files for so long, and leaves the rest to the journal and the next start. */
export const STOP_FILES_TIME_MAX_MS = 1_000;

/** A checkpoint at least this often while there is something to save. */
export const CHECKPOINT_INTERVAL_MS = 30_000;

/** Newest messages kept in memory, per shard. */
export const DELIVERY_CACHE_BYTES_MAX = 64 * MEBI;

/** Message files that are read in one turn lie in one room of it, per shard. */
export const READING_ROOM_BYTES = 1 * MEBI;

/** Left in the room where another file is read into it: most files; the others are read alone. */
export const READING_FILE_BYTES = 64 * KIBI;

/** Message files of one bucket directory: sequence numbers of one bucket share all but the last. */
export const BUCKET_ENTRIES = 1_000;

/** Octets of a log's segment from which on the next entry begins another; one is read at a time. */
export const LOG_SEGMENT_BYTES = 256 * KIBI;
/** Entries of a log, by default and at most: 100 octets of memory each while it is looked at. */
export const LOG_ENTRIES = 100_000;
export const LOG_ENTRIES_CONFIGURED_MAX = 1_000_000;

/**
 * What is added to logs in one go: entries, and octets of the messages that they tell of, of which
 * the envelopes are in memory meanwhile. One message more may be beyond it.
 */
export const LOG_ENTRIES_AT_ONCE = 256;
export const LOGGED_BYTES_AT_ONCE = 4 * MEBI;

/** Days that an entry of a log is kept, by default. */
export const LOG_DAYS = 90;

/** How long after its delete a message that is delivered again still counts as a repetition. */
export const REPETITION_TIME_MS = 10 * 60_000;

/** Deleted messages that are remembered for that, per shard: some 200 octets each. */
export const REPETITIONS_REMEMBERED_MAX = 65_536;

/** A mailbox that nobody has touched for so long leaves memory. Polls come every few minutes. */
export const SLEEP_AFTER_MS = 15 * 60_000;

/** How often mailboxes are looked at for that. */
export const SLEEP_SWEEP_INTERVAL_MS = 60_000;

/** The share of a shard's time that the index check may take while it runs. */
export const CHECK_SHARE = 0.5;

/** How long one slice of the index check keeps requests waiting. */
export const CHECK_SLICE_MS = 2;

/** Message files read again and verified, octets a second: a terabyte in twelve days. */
export const SCRUB_BYTES_PER_SECOND = MEBI;

/** From the end of one scrub to the beginning of the next. */
export const SCRUB_INTERVAL_MS = 24 * 60 * 60_000;

/** Address space for a shard's snapshot: some 150 octets an entry, for hundreds of millions. */
export const SNAPSHOT_BYTES_MAX = 64 * 1_024 * MEBI;

/**
 * Sequence numbers that a mailbox leaves out after records of the journal were lost. Each may have
 * been a message with CHILD_ENTRIES_MAX children, but ub-messages must not be used up by it.
 */
export const NUMBERS_SKIPPED_MAX = 1 << 24;

/** Child entries of one message. X.413 sets no bound; each costs an index row. */
export const CHILD_ENTRIES_MAX = 1_000;

/** Depth of messages within messages that are followed. Each needs about eight BER levels. */
export const CHILD_DEPTH_MAX = 6;

// P7 -------------------------------------------------------------------------------------------

/** Nesting of one filter; beyond it service-error unwilling-to-perform. */
export const FILTER_DEPTH_MAX = 50;

/**
 * Verdicts that one matching rule keeps in mind for one filter. A mailbox rarely has more
 * correspondents than this; each costs the octets of a name, about 100.
 */
export const MATCHES_REMEMBERED_MAX = 1_000;

/** Octets of a value that a verdict is kept in mind for; larger ones are read again each time. */
export const MATCH_REMEMBERED_BYTES_MAX = 1_024;

/**
 * Octets of a subject, as an element, that the index keeps; a longer one is read from the message
 * file. ub-subject is 128, some senders write a paragraph.
 */
export const SUBJECT_INDEXED_BYTES_MAX = 1_024;

/** How long one slice of a search keeps others waiting. Lists of a thousand entries take less. */
export const SEARCH_SLICE_MS = 5;

/** The share of a shard's time that searches may take while others ask for something. */
export const SEARCH_SHARE = 0.5;

/** Searches of one shard that go on in turns: each holds what it has found so far. */
export const SEARCHES_AT_ONCE_MAX = 8;

/** Searches of one shard that have begun; beyond it service-error busy. Each holds what one slice
 * finds, about half a megabyte. */
export const SEARCHES_SUSPENDED_MAX = 256;

/** Items of one filter: each is asked of every entry that the index cannot rule out. */
export const FILTER_ITEMS_MAX = 1_000;

/**
 * Messages that one selection opens; then it is cut and `next` is set, for its user waits. About
 * three seconds of reading.
 */
export const SELECTION_MESSAGES_MAX = 100_000;

/** Items of a filter times the entries they are asked of, in one selection: three seconds. */
export const SELECTION_QUESTIONS_MAX = 2_000_000;

/** Entries in one list result; beyond it the result is cut and `next` is set. */
export const LIST_ENTRIES_MAX = 100_000;

/**
 * Octets of one list result; beyond it the result is cut and `next` is set. No more than the
 * largest content, so that a list takes no more memory on its way than a message may: 100,000
 * entries with the eight attributes that clients list come to some 45 MB.
 */
export const LIST_RESULT_BYTES_MAX = CONTENT_BYTES_MAX;

/** Entries whose status one step of a list changes. */
export const STATUS_CHANGES_AT_ONCE_MAX = 1_000;

/** Alerts of one association that are unanswered; beyond it the next bind indicates the rest. */
export const ALERTS_OUTSTANDING_MAX = 32;

/**
 * Registrations of one mailbox, octets, notes on its entries included: each change of them writes
 * all to the journal, as a message of that size would be: 1 ms of the shard for a thousand notes.
 */
export const REGISTRATIONS_BYTES_MAX = MEBI;

/**
 * Registrations that a shard keeps in memory, octets of their form on disk: one small file is read
 * for each mailbox that comes back. Some 100,000 mailboxes with a few registrations each.
 */
export const REGISTRATIONS_REMEMBERED_BYTES_MAX = 32 * MEBI;

assert(TPDU_BYTES_DEFAULT + 4 === TPKT_BYTES_MAX, 'a TPDU of the default size fills a TPKT');
assert(CONNECT_USER_DATA_BYTES_MAX < PRE_BIND_BYTES_MAX, 'a legal CONNECT fits before the bind');
assert(
  CLIENT_OPERATIONS_OUTSTANDING <= INVOCATIONS_OUTSTANDING_MAX,
  'a client of ours is not refused for asking too much',
);
assert(
  CONNECTIONS_UNBOUND_PER_ADDRESS_MAX < ASSOCIATIONS_PER_ADDRESS_MAX &&
    CONNECTIONS_UNBOUND_MAX < ASSOCIATIONS_MAX,
  'connections without a bind leave room for those with one',
);
assert(
  REGISTRATIONS_BYTES_MAX < REGISTRATIONS_REMEMBERED_BYTES_MAX,
  'the largest registrations can be remembered',
);
assert(TSDU_BYTES_MAX < REASSEMBLY_BYTES_MAX, 'at least one largest message can be reassembled');
assert(SEARCHES_AT_ONCE_MAX < SEARCHES_SUSPENDED_MAX, 'those that go on have begun');
assert(RESULTS_IN_FLIGHT_BYTES_MAX >= CONTENT_BYTES_MAX, 'one largest result may be on its way');
assert(
  SOCKET_BACKLOG_BYTES_LAST >= 4 * RESULTS_IN_FLIGHT_BYTES_MAX,
  'a reader that is only slow is not taken for one that has stopped',
);
assert(
  2 * TSDU_BYTES_MAX < SUBMISSIONS_BYTES_MAX,
  'largest messages can be submitted, two at once',
);
assert(
  MTA_CONNECT_TIME_MAX_MS + BIND_TIME_MAX_MS < SUBMISSION_WAIT_MAX_MS,
  'a submission waits for the association that is opened for it',
);
assert(MTA_OPERATIONS_OUTSTANDING <= INVOCATIONS_OUTSTANDING_MAX, 'an MTA is not asked too much');
assert(TSDU_BYTES_MAX < SHARD_QUEUE_BYTES_MAX, 'at least one largest message fits the queue');
assert(TSDU_BYTES_MAX < JOURNAL_BYTES_MAX / 8, 'largest messages fit the journal, some at a time');
assert(JOURNAL_RESERVE_BYTES <= JOURNAL_FIRST_SEGMENT_BYTES, 'the first segment holds the reserve');
assert(
  CHECKPOINT_BYTES < JOURNAL_BYTES_MAX / 4,
  'checkpoints begin long before the journal is full',
);
assert(JOURNAL_SEGMENT_BYTES < JOURNAL_BYTES_MAX, 'the journal holds more than one segment');
assert(FILTER_DEPTH_MAX * 2 + 10 < BER_DEPTH_MAX, 'the deepest filter fits into an argument');
assert(CHILD_DEPTH_MAX * 8 < BER_DEPTH_MAX, 'followed messages stay within the BER depth');
