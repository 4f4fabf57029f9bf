/**
 * What the owner of a mailbox has registered, and its form in the store: one octet string that the
 * store does not look into.
 *
 * FROZEN: the form is on disk (docs/formats/registrations.md). A map of msgpack with the members
 * below; members may be added, and a missing one is empty.
 *
 * Source: X.413 (1999) 8.2.5 for what can be registered; the form is ours.
 */
import { Packr } from 'msgpackr';
import type { Oid } from '../asn1/primitive.js';
import { DamageError } from '../base/errors.js';
import { type Marks, NO_MARKS, type PackedMarks, packMarks, unpackMarks } from './marks.js';

export interface AutoActionEntry {
  readonly type: Oid;
  /** 1..32767; with the type the key of a registration. */
  readonly identifier: number;
  /** A whole element; null where the type has none. */
  readonly parameter: Uint8Array | null;
}

/** Attribute types that are asked for where an argument asks for none. */
export interface AttributeDefaults {
  readonly list: readonly Oid[];
  readonly fetch: readonly Oid[];
}

/** Of a user agent; null: it has none of its own. */
export interface UaDefaults {
  readonly identifier: string;
  readonly list: readonly Oid[] | null;
  readonly fetch: readonly Oid[] | null;
  /** A whole MSSubmissionOptions; null: the general ones. */
  readonly submission: Uint8Array | null;
}

export interface MessageGroup {
  /** Parts, outermost first. */
  readonly name: readonly string[];
  readonly descriptor: string | null;
}

export interface Registrations {
  readonly autoActions: readonly AutoActionEntry[];
  readonly defaults: AttributeDefaults;
  /** 1994. */
  readonly userAgents: readonly UaDefaults[];
  /** 1994: a whole MSSubmissionOptions; null: none. */
  readonly submissionDefaults: Uint8Array | null;
  /** 1994. */
  readonly messageGroups: readonly MessageGroup[];
  /** In place of the one that the directory has; null: not changed. */
  readonly passwordHash: string | null;
  /** Whole SecurityLabel elements. */
  readonly userSecurityLabels: readonly Uint8Array[];
  /**
   * Whether an auto-alert condition may have arisen that nobody was told of. TRUE on disk from the
   * first condition after a bind until the next bind: better once too often than never.
   */
  readonly isAlertPending: boolean;
  /** 1994: what Modify has written on entries. */
  readonly marks: Marks;
}

export const NO_REGISTRATIONS: Registrations = {
  autoActions: [],
  defaults: { list: [], fetch: [] },
  userAgents: [],
  submissionDefaults: null,
  messageGroups: [],
  passwordHash: null,
  userSecurityLabels: [],
  isAlertPending: false,
  marks: NO_MARKS,
};

/** FROZEN. */
const FORMAT = 1;

const packr = new Packr({ useRecords: false });

export function packRegistrations(registrations: Registrations): Uint8Array {
  // Packing writes into a buffer that the packer goes on using; hence the copy.
  const marks = packMarks(registrations.marks);
  return new Uint8Array(packr.pack({ format: FORMAT, ...registrations, marks }));
}

/** Throws DamageError for octets that no version of ours has written. */
export function unpackRegistrations(octets: Uint8Array): Registrations {
  const value = read(octets) as { readonly format?: unknown } | null;
  if (value === null || typeof value !== 'object' || value.format !== FORMAT) {
    throw new DamageError('registrations-unreadable', 'registrations');
  }
  const { format: _, marks = [], ...registrations } = value as Packed;
  const { userAgents = [] } = registrations;
  return {
    ...NO_REGISTRATIONS,
    ...registrations,
    // Those of before had no options for submission.
    userAgents: userAgents.map((agent) => ({ ...agent, submission: agent.submission ?? null })),
    marks: unpackMarks(marks),
  };
}

type Packed = Partial<Omit<Registrations, 'marks'>> & {
  readonly format: number;
  readonly marks?: PackedMarks;
};

function read(octets: Uint8Array): unknown {
  try {
    return packr.unpack(octets);
  } catch (cause) {
    throw new DamageError('registrations-unreadable', 'registrations', { cause });
  }
}

/** The defaults in force: those of the user agent that was named at bind go before the others. */
export function defaultsOf(
  { defaults, userAgents }: Registrations,
  userAgent: string | null,
): AttributeDefaults {
  const own = userAgents.find(({ identifier }) => identifier === userAgent);
  if (own === undefined) return defaults;
  return { list: own.list ?? defaults.list, fetch: own.fetch ?? defaults.fetch };
}
