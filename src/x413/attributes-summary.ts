/**
 * The attributes that tell what kind of interpersonal object an entry holds, and what is in it.
 *
 * Source: X.420 (1999) 19.6.1, module IPMSMessageStoreAttributes.
 */
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import { fieldsOfKind } from './attributes-notification.js';
import { contentView } from './content-view.js';

/** IPMEntryType: ipm 0, rn 1, nrn 2, on 3. */
const entryType: Values = (source) => {
  const view = contentView(source);
  if (view.message !== null) return [Uint8Array.of(0x0a, 1, 0)];
  if (view.notificationFields.size === 0) return [];
  const kinds = ['receipt', 'nonReceipt', 'other'] as const;
  const index = kinds.findIndex((kind) => fieldsOfKind(source, kind) !== null);
  return index < 0 ? [] : [Uint8Array.of(0x0a, 1, index + 1)];
};

export const SUMMARY_ATTRIBUTES: readonly AttributeDefinition[] = [
  attribute('2.6.1.6.0', 'ipm-entry-type', 'integer', 'LZ dc', entryType),
];
