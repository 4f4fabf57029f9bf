/**
 * A user agent: P7 towards a message store. Any number of calls may be made at once; a call rejects
 * with AbstractError where the store refused it.
 *
 * Source: X.413 (1999) 7 and 8.
 */
import { namedInteger, type Oid } from '../asn1/primitive.js';
import { type Asn1Type, decode, encode } from '../asn1/type.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  MS_OPERATION,
  MTS_OPERATION,
} from '../x411/application-contexts.js';
import { passwordCredentials } from '../x411/credentials.js';
import { parseMtsIdentifier } from '../x411/identifiers.js';
import { CancelDeferredDeliveryArgument } from '../x411/submission.js';
import { AlertArgument, AlertResult } from '../x413/alert.js';
import { MsBindArgument, MsBindResult, type Restrictions } from '../x413/bind.js';
import { DeleteArgument } from '../x413/delete.js';
import { RETRIEVAL_STATUS, type RetrievalStatus } from '../x413/entry.js';
import { FetchArgument, FetchResult } from '../x413/fetch.js';
import { ListArgument, ListOutline } from '../x413/list.js';
import { ModifyArgument, ModifyResult } from '../x413/modify.js';
import { SummarizeArgument, SummarizeResult } from '../x413/summarize.js';
import { keptOrNameOf } from './address.js';
import { ATTRIBUTE } from './attribute-names.js';
import {
  Dialogue,
  type DialogueOptions,
  type Invocation,
  type NetworkAddress,
  type OpenAssociation,
  overTcp,
} from './dialogue.js';
import { entryClassOf, type OfClass } from './entry-class.js';
import { EntryView } from './entry-view.js';
import { readAnswer } from './errors.js';
import {
  fromNumber,
  requestedAttributes,
  type Selection,
  selectorOf,
  type Wanted,
} from './selection.js';
import {
  draftArgument,
  draftOutcome,
  type Keeping,
  keptArgument,
  messageOutcome,
  probeOutcome,
  type SubmissionOutcome,
} from './submit.js';
import { type Summary, summaryOf } from './summary.js';

export interface UserAgentOptions extends DialogueOptions {
  /** The mailbox's address as text. */
  readonly address: string;
  readonly password: string;
  /** Default: ms-access-88. */
  readonly applicationContext?: ApplicationContext;
  /** Asks the store for its configuration; it stands in `configuration` then. */
  readonly wantsConfiguration?: boolean;
  /** What this association shall not be given, unless a call overrides it. */
  readonly fetchRestrictions?: Restrictions;
  /**
   * Called for each alert, which is acknowledged. Without it alerts are rejected, and the store
   * shows them at the next bind (`configuration.alertIndication`).
   */
  readonly onAlert?: (alert: Alert) => void;
}

/** A new entry, as the store tells of it unasked. */
export interface Alert {
  /** The number under which the user registered the auto-alert. */
  readonly registration: number;
  /** The attributes that the registration asks for; null where it asks for none. */
  readonly entry: EntryView | null;
}

export interface ListOutcome {
  readonly entries: readonly EntryView[];
  /** The entry at which the store cut; repeat with `range.from` there. */
  readonly next?: number;
}

export interface FetchOutcome {
  /** Null where a search found nothing. */
  readonly entry: EntryView | null;
  /** The further matches of a search. */
  readonly list: readonly number[];
  readonly next?: number;
}

export class UserAgent {
  readonly configuration: MsBindResult;
  readonly #dialogue: Dialogue;
  readonly #context: ApplicationContext;

  private constructor(dialogue: Dialogue, context: ApplicationContext, result: MsBindResult) {
    this.#dialogue = dialogue;
    this.#context = context;
    this.configuration = result;
  }

  /** Connects over TCP and binds. Rejects with the network's error or as {@link bind} does. */
  static connect(options: UserAgentOptions & NetworkAddress): Promise<UserAgent> {
    return UserAgent.bind(overTcp(options), options);
  }

  /** Binds over an association that `open` makes. */
  static async bind(open: OpenAssociation, options: UserAgentOptions): Promise<UserAgent> {
    const context = options.applicationContext ?? APPLICATION_CONTEXT.msAccess88;
    const bindArgument = encode(MsBindArgument, {
      initiatorName: keptOrNameOf(options.address),
      initiatorCredentials: passwordCredentials(options.password),
      msConfigurationRequest: options.wantsConfiguration ?? false,
      ...(options.fetchRestrictions && { fetchRestrictions: options.fetchRestrictions }),
    });
    const { onAlert } = options;
    const serve = (invocation: Invocation) =>
      onAlert === undefined ? null : receiveAlert(context, invocation, onAlert);
    const protocol = { context, bindArgument, bindResult: MsBindResult, serve };
    const { dialogue, result } = await Dialogue.bind(open, protocol, options);
    return new UserAgent(dialogue, context, result);
  }

  /** Counts entries, and their values of each attribute in `requests`. Changes no status. */
  async summarize(
    selection: Selection & { readonly requests?: readonly Oid[] } = {},
  ): Promise<Summary> {
    const { requests = [] } = selection;
    const argument = encode(SummarizeArgument, {
      entryClass: entryClassOf(selection),
      selector: selectorOf(selection),
      ...(requests.length > 0 && { summaryRequests: requests }),
    });
    const result = await this.#ask(MS_OPERATION.summarize, argument, SummarizeResult);
    return summaryOf(result, requests);
  }

  /** Entries in ascending order. New ones of which an attribute was conveyed become listed. */
  async list(request: Selection & Wanted = {}): Promise<ListOutcome> {
    const argument = encode(ListArgument, {
      entryClass: entryClassOf(request),
      selector: selectorOf(request),
      ...requestedAttributes(request),
    });
    const { requested = [], next } = await this.#ask(MS_OPERATION.list, argument, ListOutline);
    const entries = requested.map((octets) => EntryView.of(octets));
    return { entries, ...(next === undefined ? {} : { next }) };
  }

  /** All entries, with as many lists as the store needs for them. */
  async *entries(request: Selection & Wanted = {}): AsyncGenerator<EntryView, void> {
    let page: Selection & Wanted = request;
    let left = request.limit ?? Number.POSITIVE_INFINITY;
    for (;;) {
      const { entries, next } = await this.list(page);
      yield* entries;
      left -= entries.length;
      if (next === undefined || left <= 0) return;
      const limit = Number.isFinite(left) ? { limit: left } : {};
      page = { ...request, ...fromNumber(request, next), ...limit };
    }
  }

  /** One entry: by its number, or the first that a selection finds. */
  async fetch(
    request: (Selection | ({ readonly sequence: number } & OfClass)) & Wanted,
  ): Promise<FetchOutcome> {
    const argument = encode(FetchArgument, {
      entryClass: entryClassOf(request),
      item:
        'sequence' in request
          ? { kind: 'precise', value: request.sequence }
          : { kind: 'search', value: selectorOf(request) },
      ...requestedAttributes(request),
    });
    const result = await this.#ask(MS_OPERATION.fetch, argument, FetchResult);
    const { entryInformation, list = [], next } = result;
    const entry = entryInformation === undefined ? null : new EntryView(entryInformation);
    return { entry, list, ...(next === undefined ? {} : { next }) };
  }

  /** The delete operation: main-entries by number, of a class, or by selection. */
  async remove(which: readonly number[] | Selection, of: OfClass = {}): Promise<void> {
    const argument = encode(DeleteArgument, {
      entryClass: entryClassOf(isNumbers(which) ? of : which),
      items: isNumbers(which)
        ? { kind: 'sequenceNumbers', value: which }
        : { kind: 'selector', value: selectorOf(which) },
    });
    await this.#dialogue.invoke(this.#context.delivery, MS_OPERATION.delete, argument);
  }

  /**
   * Sets the status of entries, back too, over a context of 1994: one that is new again is so to
   * whoever collects what is new. Resolves with their numbers.
   */
  async setStatus(
    status: RetrievalStatus,
    which: readonly number[] | Selection,
    of: OfClass = {},
  ): Promise<readonly number[]> {
    const type = ATTRIBUTE.retrievalStatus;
    const values = [encode(StatusValue, status)];
    const argument = encode(ModifyArgument, {
      entryClass: entryClassOf(isNumbers(which) ? of : which),
      entries: isNumbers(which)
        ? { kind: 'specificEntries', value: which }
        : { kind: 'selector', value: selectorOf(which) },
      // The attribute has one value, always: the old one goes and the new one comes.
      modifications: [
        { strict: false, modification: { kind: 'removeAttribute', value: type } },
        { strict: false, modification: { kind: 'addAttribute', value: { type, values } } },
      ],
    });
    const { entriesModified = [] } = await this.#ask(MS_OPERATION.modify, argument, ModifyResult);
    return entriesModified;
  }

  /**
   * Submits what `composeSubmission` has made, through the store to its MTA. Where the association
   * is lost meanwhile the MTA may have it: the copy in the out box, if one is kept, tells.
   */
  async submit(argument: Uint8Array, keeping: Keeping = {}): Promise<SubmissionOutcome> {
    const { edition } = this.#context;
    const kept = keptArgument(argument, keeping, edition);
    return messageOutcome(await this.#toMts(MTS_OPERATION.messageSubmission, kept));
  }

  /** Stores it as a draft, in 1994, and submits nothing. Resolves with the entry's number. */
  async storeDraft(argument: Uint8Array): Promise<number> {
    const draft = draftArgument(argument, this.#context.edition);
    return draftOutcome(await this.#toMts(MTS_OPERATION.messageSubmission, draft));
  }

  /** Asks with what `composeProbe` has made whether such a message could be delivered. */
  async probe(argument: Uint8Array, keeping: Keeping = {}): Promise<SubmissionOutcome> {
    const kept = keptArgument(argument, keeping, this.#context.edition);
    return probeOutcome(await this.#toMts(MTS_OPERATION.probeSubmission, kept));
  }

  /** Gives up a deferred message, by the identifier that its submission resolved with. */
  async cancel(identifier: string): Promise<void> {
    const parsed = parseMtsIdentifier(identifier);
    if (parsed === null) throw new RangeError(`${identifier} is no identifier of a submission`);
    const argument = encode(CancelDeferredDeliveryArgument, parsed);
    await this.#toMts(MTS_OPERATION.cancelDeferredDelivery, argument);
  }

  async #toMts(operation: number, argument: Uint8Array): Promise<Uint8Array> {
    const result = await this.#dialogue.invoke(this.#context.submission, operation, argument);
    return result ?? new Uint8Array(0);
  }

  /** Waits for the calls that are outstanding, then releases. */
  unbind(): Promise<void> {
    return this.#dialogue.unbind();
  }

  abort(): void {
    this.#dialogue.abort();
  }

  async #ask<T>(operation: number, argument: Uint8Array, type: Asn1Type<T>): Promise<T> {
    const result = await this.#dialogue.invoke(this.#context.delivery, operation, argument);
    return readAnswer(type, result ?? new Uint8Array(0));
  }
}

const StatusValue = namedInteger('retrieval-status', RETRIEVAL_STATUS);

function isNumbers(which: readonly number[] | Selection): which is readonly number[] {
  return Array.isArray(which);
}

function receiveAlert(
  context: ApplicationContext,
  { syntax, operation, argument }: Invocation,
  onAlert: (alert: Alert) => void,
): Uint8Array | null {
  if (syntax !== context.delivery || operation !== MS_OPERATION.alert) return null;
  const { alertRegistrationIdentifier: registration, newEntry } = decode(AlertArgument, argument);
  onAlert({ registration, entry: newEntry === undefined ? null : new EntryView(newEntry) });
  return encode(AlertResult, null);
}
