/**
 * Upper bounds of the standards that we take as they are: each by its name there.
 *
 * Source: X.411 (1999) Annex B and X.413 (1999) Annex for the ub- values.
 */

/** ub-security-labels: labels in one security context. */
export const SECURITY_LABELS_MAX = 256;

/** ub-attributes-supported: types in one selection. Each costs every entry of a list its part. */
export const SELECTION_ATTRIBUTES_MAX = 1_024;

/** ub-summaries. */
export const SUMMARIES_MAX = 16;

/** ub-auto-registrations. */
export const AUTO_REGISTRATIONS_MAX = 1_024;

/** ub-alert-registrations: an alert names its registration by a number up to this. */
export const ALERT_IDENTIFIER_MAX = 128;

/** ub-attributes-supported: types in one list of defaults. */
export const ATTRIBUTE_DEFAULTS_MAX = 1_024;

/** ub-ua-registrations. */
export const UA_REGISTRATIONS_MAX = 128;

/** ub-labels-and-redirections. */
export const USER_SECURITY_LABELS_MAX = 256;

/** ub-message-groups. */
export const MESSAGE_GROUPS_MAX = 8_192;

/** ub-group-depth. */
export const MESSAGE_GROUP_DEPTH_MAX = 64;

/** ub-password-length. */
export const PASSWORD_BYTES_MAX = 62;

/** ub-supplementary-info-length of X.413 errors. */
export const SUPPLEMENTARY_INFORMATION_CHARACTERS_MAX = 256;

/** ub-service-information-length: characters. */
export const SERVICE_INFORMATION_CHARACTERS_MAX = 2_048;

/** ub-built-in-encoded-information-types: bits. */
export const BUILT_IN_ENCODED_INFORMATION_TYPES_MAX = 32;

/** ub-content-length: octets that a probe may tell of. */
export const CONTENT_LENGTH_MAX = 2_147_483_647;
