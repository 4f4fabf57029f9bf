/**
 * The abstract-errors of Register-MS that no other operation has.
 *
 * Source: X.413 (1999) 9.3, 9.11, 9.13 to 9.15, module MSAbstractService; X.411 (1999) 8.4.2 for
 * those of credentials.
 */
import { required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { enumerated, integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import { encode } from '../asn1/type.js';
import { MS_ERROR, MTS_ERROR } from '../x411/application-contexts.js';
import type { Edition } from './common.js';
import { MsRefusal } from './errors.js';
import { MessageGroupName, type RegistrationType, RegistrationTypes } from './register.js';

export const AUTO_ACTION_PROBLEM = {
  'unavailable-auto-action-type': 0,
  'auto-action-type-not-subscribed': 1,
  /** 1994. */
  'not-willing-to-perform': 2,
} as const;

export const AutoActionRequestErrorParameter = set('AutoActionRequestErrorParameter', {
  problems: required(
    tolerantExplicit(
      0,
      setOf(
        set('AutoActionRequestProblemItem', {
          problem: required(tolerantExplicit(0, integer())),
          type: required(tolerantExplicit(1, objectIdentifier)),
        }),
        1,
      ),
    ),
  ),
});

export interface AutoActionProblem {
  readonly problem: keyof typeof AUTO_ACTION_PROBLEM;
  readonly type: Oid;
}

/** In 1988 what we do not perform is simply unavailable. */
export function autoActionRequestError(
  problems: readonly AutoActionProblem[],
  edition: Edition,
): MsRefusal {
  const codeOf = (problem: AutoActionProblem['problem']) =>
    edition === '88' && problem === 'not-willing-to-perform' ? 0 : AUTO_ACTION_PROBLEM[problem];
  const parameter = encode(AutoActionRequestErrorParameter, {
    problems: problems.map(({ problem, type }) => ({ problem: codeOf(problem), type })),
  });
  const code = MS_ERROR.autoActionRequestError;
  return new MsRefusal('auto-action-request-error', { code, parameter });
}

export function oldCredentialsError(): MsRefusal {
  const code = MTS_ERROR.oldCredentialsIncorrectlySpecified;
  return new MsRefusal('old-credentials-incorrectly-specified', { code, parameter: null });
}

export function newCredentialsError(): MsRefusal {
  const code = MTS_ERROR.newCredentialsUnacceptable;
  return new MsRefusal('new-credentials-unacceptable', { code, parameter: null });
}

export const REGISTER_MS_PROBLEM = {
  'registration-not-supported': 0,
  'registration-improperly-specified': 1,
  'registration-limit-exceeded': 2,
} as const;

export const RegisterMsErrorParameter = set('RegisterMSErrorParameter', {
  problem: required(tolerantExplicit(0, enumerated('RegisterMSProblem', REGISTER_MS_PROBLEM))),
  registrationType: required(tolerantExplicit(1, RegistrationTypes)),
});

/** 1994 only. */
export function registerMsError(
  problem: keyof typeof REGISTER_MS_PROBLEM,
  type: RegistrationType,
): MsRefusal {
  const registrationType = { registrations: new Set([type]) };
  const parameter = encode(RegisterMsErrorParameter, { problem, registrationType });
  return new MsRefusal('register-ms-error', { code: MS_ERROR.registerMsError, parameter });
}

export const MESSAGE_GROUP_PROBLEM = {
  'name-not-registered': 0,
  'name-already-registered': 1,
  'parent-not-registered': 2,
  'group-not-empty': 3,
  'name-in-use': 4,
  'child-group-registered': 5,
  'group-depth-exceeded': 6,
} as const;

export const MessageGroupErrorParameter = set('MessageGroupErrorParameter', {
  problem: required(tolerantExplicit(0, integer())),
  name: required(tolerantExplicit(1, MessageGroupName)),
});

/** 1994 only. */
export function messageGroupError(
  problem: keyof typeof MESSAGE_GROUP_PROBLEM,
  name: MessageGroupName,
): MsRefusal {
  const parameter = encode(MessageGroupErrorParameter, {
    problem: MESSAGE_GROUP_PROBLEM[problem],
    name,
  });
  return new MsRefusal('message-group-error', { code: MS_ERROR.messageGroupError, parameter });
}
