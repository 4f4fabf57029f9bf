/**
 * A user agent: P7 towards a message store. Several calls may be outstanding at once; a call
 * rejects with AbstractError where the store refused it.
 *
 * Source: X.413 (1999) 7 and 8.
 */
import { integer, type Oid } from '../asn1/primitive.js';
import { type Asn1Type, decode, encode } from '../asn1/type.js';
import { connectAssociation } from '../net/connector.js';
import type { PresentationAddresses } from '../osi/presentation/service.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  MS_OPERATION,
} from '../x411/application-contexts.js';
import { RETRIEVAL_STATUS, type RetrievalStatus } from '../x413/entry.js';
import { keptOrNameOf } from './address.js';
import { Dialogue, type NetworkAddress, type OpenAssociation } from './dialogue.js';
import { ATTRIBUTE, EntryView } from './entry-view.js';
import {
  DeleteArgument,
  FetchArgument,
  FetchResult,
  Filter,
  ListArgument,
  ListResult,
  MsBindArgument,
  MsBindResult,
  type Selector,
  SummarizeArgument,
  SummarizeResult,
} from './retrieval.js';

export interface UserAgentOptions {
  /** The mailbox's address as text. */
  readonly address: string;
  readonly password: string;
  /** Default: ms-access-88. */
  readonly applicationContext?: ApplicationContext;
  /** Transport, session and presentation selectors; none by default. */
  readonly selectors?: PresentationAddresses;
  /** Asks the store for its configuration; it stands in `configuration` then. */
  readonly wantsConfiguration?: boolean;
}

/** Which entries. Everything that is left out does not restrict. */
export interface Selection {
  readonly range?: { readonly from?: number; readonly to?: number };
  readonly status?: RetrievalStatus;
  /** A whole Filter element; it takes the place of `status`. */
  readonly filter?: Uint8Array;
  readonly limit?: number;
  /** Forwarded messages and returned contents as well. */
  readonly childEntries?: boolean;
}

/** Attribute types to convey. Left out: what is registered; empty: sequence numbers only. */
export interface Wanted {
  readonly attributes?: readonly Oid[];
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
    const { host, port } = options;
    return UserAgent.bind((handler) => connectAssociation({ host, port, handler }), options);
  }

  /** Binds over an association that `open` makes. */
  static async bind(open: OpenAssociation, options: UserAgentOptions): Promise<UserAgent> {
    const context = options.applicationContext ?? APPLICATION_CONTEXT.msAccess88;
    const argument = encode(MsBindArgument, {
      initiatorName: keptOrNameOf(options.address),
      initiatorCredentials: { kind: 'simpleIa5', value: options.password },
      msConfigurationRequest: options.wantsConfiguration ?? false,
    });
    const { dialogue, result } = await Dialogue.bind('p7', open, {
      applicationContext: context.oid,
      bindSyntax: context.bind,
      operationSyntaxes: [context.submission, context.delivery, context.administration],
      addresses: options.selectors ?? {},
      argument,
    });
    return new UserAgent(dialogue, context, decode(MsBindResult, result));
  }

  /** Counts entries, and their values of each attribute in `requests`. Changes no status. */
  async summarize(
    selection: Selection & { readonly requests?: readonly Oid[] } = {},
  ): Promise<SummarizeResult> {
    const argument = encode(SummarizeArgument, {
      selector: selectorOf(selection),
      summaryRequests: selection.requests ?? [],
    });
    return this.#ask(MS_OPERATION.summarize, argument, SummarizeResult);
  }

  /** Entries in ascending order. New ones of which an attribute was conveyed become listed. */
  async list(request: Selection & Wanted = {}): Promise<ListOutcome> {
    const argument = encode(ListArgument, {
      selector: selectorOf(request),
      ...requestedAttributes(request),
    });
    const { requested, next } = await this.#ask(MS_OPERATION.list, argument, ListResult);
    const entries = requested.map((information) => new EntryView(information));
    return { entries, ...(next === undefined ? {} : { next }) };
  }

  /** One entry: by its number, or the first that a selection finds. */
  async fetch(
    request: (Selection | { readonly sequence: number }) & Wanted,
  ): Promise<FetchOutcome> {
    const item =
      'sequence' in request ? { precise: request.sequence } : { search: selectorOf(request) };
    const argument = encode(FetchArgument, { ...item, ...requestedAttributes(request) });
    const result = await this.#ask(MS_OPERATION.fetch, argument, FetchResult);
    const { entryInformation, list, next } = result;
    const entry = entryInformation === undefined ? null : new EntryView(entryInformation);
    return { entry, list, ...(next === undefined ? {} : { next }) };
  }

  /** The delete operation: main-entries by number, or by selection. */
  async remove(which: readonly number[] | Selection): Promise<void> {
    const argument = encode(
      DeleteArgument,
      isNumbers(which) ? { sequenceNumbers: which } : { selector: selectorOf(which) },
    );
    await this.#dialogue.invoke(this.#context.delivery, MS_OPERATION.delete, argument);
  }

  unbind(): Promise<void> {
    return this.#dialogue.unbind();
  }

  abort(): void {
    this.#dialogue.abort();
  }

  async #ask<T>(operation: number, argument: Uint8Array, type: Asn1Type<T>): Promise<T> {
    const result = await this.#dialogue.invoke(this.#context.delivery, operation, argument);
    return decode(type, result ?? new Uint8Array(0));
  }
}

function isNumbers(which: readonly number[] | Selection): which is readonly number[] {
  return Array.isArray(which);
}

function selectorOf({ range, status, filter, limit, childEntries }: Selection): Selector {
  const wanted = filter ?? (status === undefined ? undefined : statusFilter(status));
  return {
    childEntries: childEntries ?? false,
    ...(range === undefined ? {} : { range: { kind: 'numbers', value: range } }),
    ...(wanted === undefined ? {} : { filter: wanted }),
    ...(limit === undefined ? {} : { limit }),
  };
}

function statusFilter(status: RetrievalStatus): Uint8Array {
  const value = encode(integer(), RETRIEVAL_STATUS[status]);
  const equality = { kind: 'equality', value: { type: ATTRIBUTE.retrievalStatus, value } } as const;
  return encode(Filter, { kind: 'item', value: equality });
}

function requestedAttributes({ attributes }: Wanted) {
  if (attributes === undefined) return {};
  return { requestedAttributes: attributes.map((type) => ({ type })) };
}
