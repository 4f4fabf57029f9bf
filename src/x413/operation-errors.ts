/**
 * Which abstract-errors each operation of the retrieval and the submission port has. A peer may
 * reject any other.
 *
 * Source: X.413 (1999) 8.2, the ERRORS of each ABSTRACT-OPERATION; X.413 (1988) 8.
 */
import { MS_ERROR, MTS_ERROR } from '../x411/application-contexts.js';
import type { Edition } from './common.js';

const { attributeError, rangeError, securityError, serviceError } = MS_ERROR;
const { sequenceNumberError, invalidParametersError } = MS_ERROR;
const EVERY = [securityError, MTS_ERROR.securityError, serviceError, invalidParametersError];
const SELECTING = [...EVERY, rangeError];
const OF_94 = [MS_ERROR.entryClassError, MS_ERROR.msExtensionError];

/** Of X.411: an operation of the submission port has those of the MTS, and in 1994 some of ours. */
const SUBMITTING = [
  MTS_ERROR.submissionControlViolated,
  MTS_ERROR.originatorInvalid,
  MTS_ERROR.recipientImproperlySpecified,
  MTS_ERROR.elementOfServiceNotSubscribed,
  MTS_ERROR.inconsistentRequest,
  MTS_ERROR.securityError,
  MTS_ERROR.unsupportedCriticalFunction,
  MTS_ERROR.remoteBindError,
];

const ERRORS = {
  submit: SUBMITTING,
  submitted: SUBMITTING,
  summarize: [...SELECTING, attributeError],
  list: [...SELECTING, attributeError],
  fetch: [...SELECTING, attributeError, MS_ERROR.fetchRestrictionError, sequenceNumberError],
  delete: [...SELECTING, MS_ERROR.deleteError, sequenceNumberError],
  modify: [...EVERY, attributeError, sequenceNumberError],
  'register-ms': [
    ...EVERY,
    attributeError,
    MS_ERROR.autoActionRequestError,
    MTS_ERROR.oldCredentialsIncorrectlySpecified,
    MTS_ERROR.newCredentialsUnacceptable,
  ],
} as const satisfies Readonly<Record<string, readonly number[]>>;

const ERRORS_94: Readonly<Record<keyof typeof ERRORS, readonly number[]>> = {
  submit: [...OF_94, MS_ERROR.messageGroupError, serviceError],
  submitted: [...OF_94, MS_ERROR.messageGroupError, serviceError],
  summarize: OF_94,
  list: OF_94,
  fetch: OF_94,
  delete: OF_94,
  modify: [...OF_94, MS_ERROR.modifyError, MS_ERROR.messageGroupError],
  'register-ms': [MS_ERROR.messageGroupError, MS_ERROR.msExtensionError, MS_ERROR.registerMsError],
};

/** Whether the operation may be answered with the error of that local code. */
export function hasError(operation: keyof typeof ERRORS, edition: Edition, code: number): boolean {
  const own: readonly number[] = ERRORS[operation];
  return own.includes(code) || (edition === '94' && ERRORS_94[operation].includes(code));
}
