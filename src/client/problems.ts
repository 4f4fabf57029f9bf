/**
 * What an abstract-error or a bind error says is wrong, read out of its parameter. What cannot be
 * read is passed over: the octets are there for whoever wants them.
 *
 * Source: X.411 (1999) 8.1.1.1.3, 8.2.2; X.413 (1999) 7.1.3, 9.
 */
import { integer, type Oid } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { type Asn1Type, decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { MTS_BIND_ERROR } from '../x411/bind.js';
import { ImproperlySpecifiedRecipients, SECURITY_PROBLEM } from '../x411/errors.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { MS_BIND_PROBLEM } from '../x413/bind.js';
import {
  ATTRIBUTE_PROBLEM,
  AttributeErrorParameter,
  DELETE_PROBLEM,
  DeleteErrorParameter,
  FETCH_RESTRICTION_PROBLEM,
  FetchRestrictionErrorParameter,
  RangeErrorParameter,
  SERVICE_PROBLEM,
  SequenceNumberErrorParameter,
  ServiceErrorParameter,
} from '../x413/errors.js';

export type Protocol = 'p3' | 'p7';

export interface Problem {
  /** The standard's name, in kebab-case; its number where we know no name. */
  readonly problem: string;
  /** The entry that it is about. */
  readonly sequence?: number;
  /** The attribute type that it is about. */
  readonly attribute?: Oid;
  /** In one line, for people. */
  readonly text: string;
}

type Names = Readonly<Record<string, number>>;

function named(names: Names, value: number): string {
  const found = Object.keys(names).find((name) => names[name] === value);
  return found === undefined ? String(value) : kebab(found);
}

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();

function read<T>(type: Asn1Type<T>, octets: Uint8Array, problems: (value: T) => Problem[]) {
  return problems(decode(type, octets));
}

type Reader = (parameter: Uint8Array) => Problem[];

const plain = (problem: string): Problem => ({ problem, text: problem });

const readSecurityProblem: Reader = (parameter) =>
  read(integer(), parameter, (value) => [plain(named(SECURITY_PROBLEM, value))]);

const READERS: Readonly<Record<string, Reader>> = {
  attributeError: (parameter) =>
    read(AttributeErrorParameter, parameter, ({ problems }) =>
      problems.map(({ problem, type }) => {
        const name = named(ATTRIBUTE_PROBLEM, problem);
        return { problem: name, attribute: type, text: `${name} ${type}` };
      }),
    ),
  deleteError: (parameter) =>
    read(DeleteErrorParameter, parameter, ({ problems }) =>
      problems.map(({ problem, sequenceNumber }) =>
        ofEntry(named(DELETE_PROBLEM, problem), sequenceNumber),
      ),
    ),
  sequenceNumberError: (parameter) =>
    read(SequenceNumberErrorParameter, parameter, ({ problems }) =>
      problems.map(({ problem, sequenceNumber }) =>
        ofEntry(named({ 'no-such-entry': 0 }, problem), sequenceNumber),
      ),
    ),
  fetchRestrictionError: (parameter) =>
    read(FetchRestrictionErrorParameter, parameter, ({ problems }) =>
      problems.map(({ problem }) => plain(named(FETCH_RESTRICTION_PROBLEM, problem))),
    ),
  rangeError: (parameter) =>
    read(RangeErrorParameter, parameter, ({ problem }) => [plain(named({ reversed: 0 }, problem))]),
  serviceError: (parameter) =>
    read(ServiceErrorParameter, parameter, ({ problem }) => [
      plain(named(SERVICE_PROBLEM, problem)),
    ]),
  securityError: readSecurityProblem,
  recipientImproperlySpecified: (parameter) =>
    read(ImproperlySpecifiedRecipients, parameter, (names) =>
      names.map(({ value }) => plain(formatOrAddress(value))),
    ),
};

function ofEntry(problem: string, sequence: number): Problem {
  return { problem, sequence, text: `${problem} ${sequence}` };
}

/** `name` is that of the error in our case. */
export function problemsOf(name: string, parameter: Uint8Array | null): readonly Problem[] {
  const reader = READERS[name];
  if (reader === undefined || parameter === null) return [];
  return orNothing(() => reader(parameter), []);
}

/** The problem in a bind error; null where there is none, or none that can be read. */
export function bindProblemOf(protocol: Protocol, parameter: Uint8Array | null): string | null {
  if (parameter === null) return null;
  return orNothing(() => {
    const element = readElement(parameter);
    // 1994 lets P7 put the problem into a SET, with more beside it.
    const member = element.tag === TAG.set ? memberOf(parameter, context(0)) : element;
    if (member === null) return null;
    const names = protocol === 'p7' ? MS_BIND_PROBLEM : MTS_BIND_ERROR;
    return named(names, integer().decode(member));
  }, null);
}

function memberOf(parameter: Uint8Array, tag: ReturnType<typeof context>) {
  const members = readElement(parameter).children();
  for (let member = members.next(); member !== null; member = members.next()) {
    if (member.tag !== tag) continue;
    return member.isConstructed ? member.children().next() : member;
  }
  return null;
}

function orNothing<T>(readIt: () => T, nothing: T): T {
  try {
    return readIt();
  } catch (error) {
    if (error instanceof ViolationError) return nothing;
    throw error;
  }
}
