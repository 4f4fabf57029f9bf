/**
 * What a bind is answered with, in each edition.
 *
 * Source: X.413 (1999) 7.1.2.
 */
import { encode } from '../asn1/type.js';
import { present } from '../base/assert.js';
import type { BindState, LogName, Unsubscribed } from '../engine/contract.js';
import { MESSAGE_GROUP_DEPTH_MAX } from '../limits/upper-bounds.js';
import { attributesOf } from '../x413/attribute-table.js';
import { AUTO_ACTION } from '../x413/auto-alert.js';
import { MsBindResult } from '../x413/bind.js';
import { type Edition, entryClassesServed } from '../x413/common.js';
import { matchingRulesOf } from '../x413/matching.js';

/** Content types of which the store can read the headings; it keeps every other type as well. */
const CONTENT_TYPES = ['2.6.1.10.0', '2.6.1.10.1', '1.3.26.0.4406.0.4.1', '2.6.7.10.0'];

/** EXTERNALs with NULL: modify-capability and modify-retrieval-status-capability. */
const MODIFY_CAPABILITIES = [0, 1].map((which) =>
  Uint8Array.of(0x28, 10, 6, 4, 0x56, 4, 9, which, 0xa0, 2, 5, 0),
);

export interface BindAnswer {
  readonly edition: Edition;
  /** The store's own password. */
  readonly password: string;
  readonly serviceInformation: string | undefined;
  readonly state: BindState;
  readonly wantsConfiguration: boolean;
  /** The bind names a user agent whose defaults it wants. */
  readonly namesUserAgent: boolean;
  /** Types of the bind's extensions, of which we know none. */
  readonly extensions: readonly string[];
  /** Null: all that is served is subscribed to. */
  readonly unsubscribed: Unsubscribed | null;
  readonly logs: readonly LogName[];
  /** Octets that the peer takes. */
  readonly bytesMax: number;
}

/** For a peer that bounds the result the configuration loses its longest lists, or all of it. */
export function bindResult(answer: BindAnswer): Uint8Array {
  const { password, state, edition, namesUserAgent, extensions, bytesMax } = answer;
  const { serviceInformation } = answer;
  const configurations = answer.wantsConfiguration ? configurationsOf(answer) : [{}];
  const results = configurations.map((configuration) =>
    encode(MsBindResult, {
      responderCredentials: { kind: 'simpleIa5', value: password },
      alertIndication: state.isAlertPending,
      uaRegistrationIdUnknown: edition === '94' && namesUserAgent && !state.isUserAgentKnown,
      ...configuration,
      ...(edition === '94' && serviceInformation !== undefined && { serviceInformation }),
      ...(edition === '94' && extensions.length > 0 && { unsupportedExtensions: extensions }),
    }),
  );
  return present(
    results.find(({ length }) => length <= bytesMax) ?? results.at(-1),
    'there is a result without configuration',
  );
}

/** The most first. */
function configurationsOf({ edition, unsubscribed, logs }: BindAnswer) {
  const { entryClasses = [], attributes = [], autoActions = [] } = unsubscribed ?? {};
  const actions = [AUTO_ACTION.autoAlert].filter((type) => !autoActions.includes(type));
  const shortest = {
    ...(actions.length > 0 && { availableAutoActions: actions }),
    contentTypesSupported: CONTENT_TYPES,
    ...(edition === '94' && {
      entryClassesSupported: entryClassesServed(logs).filter((one) => !entryClasses.includes(one)),
      messageGroupDepth: MESSAGE_GROUP_DEPTH_MAX,
      bindResultExtensions: MODIFY_CAPABILITIES,
    }),
  };
  const definitions = attributesOf(edition).filter(({ oid }) => !attributes.includes(oid));
  const whole = {
    ...shortest,
    availableAttributeTypes: definitions.map(({ oid }) => oid),
    ...(edition === '94' && {
      matchingRulesSupported: matchingRulesOf(definitions.map(({ matching }) => matching)),
    }),
  };
  return [whole, shortest, {}];
}
