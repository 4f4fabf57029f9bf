/**
 * What Register-MS answers: nothing, or, of what is registered, the kinds that were asked for.
 *
 * Source: X.413 (1999) 8.2.5, registration-status-request.
 */
import { encode } from '../asn1/type.js';
import { RegisterMsResult, type RegistrationTypes } from '../x413/register.js';
import { isWithin } from './message-groups.js';
import type { MessageGroup, Registrations } from './registrations.js';

/** `request` absent: NULL, as always in 1988. */
export function registerMsResult(
  registrations: Registrations,
  request: RegistrationTypes | undefined,
): Uint8Array {
  if (request === undefined) return encode(RegisterMsResult, { kind: 'noStatus', value: null });
  const { autoActions, defaults, userAgents, submissionDefaults } = registrations;
  const asked = request.registrations ?? new Set();
  const groups = asked.has('messageGroupRegistrations') ? groupsOf(registrations, request) : [];
  const status = {
    ...(asked.has('autoActionRegistrations') &&
      autoActions.length > 0 && {
        autoActionRegistrations: autoActions.map(({ type, identifier, parameter }) => ({
          autoActionType: type,
          registrationIdentifier: identifier,
          ...(parameter !== null && { registrationParameter: parameter }),
        })),
      }),
    ...(asked.has('listAttributeDefaults') &&
      defaults.list.length > 0 && { listAttributeDefaults: defaults.list }),
    ...(asked.has('fetchAttributeDefaults') &&
      defaults.fetch.length > 0 && { fetchAttributeDefaults: defaults.fetch }),
    ...(asked.has('uaRegistrations') &&
      userAgents.length > 0 && {
        uaRegistrations: userAgents.map(({ identifier, list, fetch, submission }) => ({
          uaRegistrationIdentifier: identifier,
          ...(list !== null && { listAttributeDefaults: list }),
          ...(fetch !== null && { fetchAttributeDefaults: fetch }),
          ...(submission !== null && { submissionDefaults: submission }),
        })),
      }),
    ...(asked.has('submissionDefaults') && submissionDefaults !== null && { submissionDefaults }),
    ...(groups.length > 0 && { messageGroupRegistrations: groups }),
  };
  return encode(RegisterMsResult, { kind: 'status', value: status });
}

function groupsOf({ messageGroups }: Registrations, request: RegistrationTypes) {
  const {
    parentGroup = [],
    immediateDescendantsOnly,
    omitDescriptors,
  } = request.restrictMessageGroups ?? { immediateDescendantsOnly: false, omitDescriptors: false };
  const isAsked = ({ name }: MessageGroup) =>
    isWithin(name, parentGroup) &&
    (!immediateDescendantsOnly || name.length === parentGroup.length + 1);
  return messageGroups.filter(isAsked).map(({ name, descriptor }) => ({
    messageGroupName: name,
    ...(descriptor !== null && !omitDescriptors && { messageGroupDescriptor: descriptor }),
  }));
}
