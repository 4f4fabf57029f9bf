/**
 * The attributes that tell what kind of interpersonal object an entry holds, and what is in it:
 * part by part, with the messages that are child-entries, and what of it the user has got.
 *
 * Source: X.420 (1999) 19.6.1, module IPMSMessageStoreAttributes.
 */
import { optional, required, withDefault } from '../asn1/component.js';
import { boolean, integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { implicit } from '../asn1/tagged.js';
import { encode } from '../asn1/type.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import {
  type BodyPartSynopsis,
  factsOf,
  isProcessed,
  Synopsis,
  synopsisOfPart,
} from './body-part-synopsis.js';
import { type BodyPart, bodyPartsOf } from './body-part-view.js';
import { contentView } from './content-view.js';
import { CACHED_ATTRIBUTE, type EntrySource } from './entry.js';

const BodyPartDescriptor = sequence('BodyPartDescriptor', {
  data: required(implicit(0, objectIdentifier)),
  parameters: optional(implicit(1, objectIdentifier)),
  thisChildEntry: optional(implicit(2, integer())),
  position: required(implicit(3, integer())),
  size: required(implicit(4, integer())),
  processed: withDefault(implicit(5, boolean), false),
});

/** The child-entry of a body part, where it can be found. */
const childOf = (source: EntrySource, { child }: BodyPart) =>
  child === null ? null : source.related(child);

function synopsisOf(source: EntrySource): BodyPartSynopsis[] {
  return bodyPartsOf(source).map((part): BodyPartSynopsis => {
    const child = childOf(source, part);
    if (child !== null) {
      const number = child.entry.sequence;
      return { kind: 'message', value: { number, synopsis: synopsisOf(child) } };
    }
    return synopsisOfPart(factsOf(part), isProcessed(source.entry, part.number));
  });
}

const ipmSynopsis: Values = (source) =>
  contentView(source).message === null ? [] : [encode(Synopsis, synopsisOf(source))];

const bodyPartsSummary: Values = (source) =>
  bodyPartsOf(source).map((part) => {
    const { type, parametersType, size } = factsOf(part);
    const child = childOf(source, part);
    const processed = isProcessed(source.entry, part.number) || child?.entry.status === 'processed';
    return encode(BodyPartDescriptor, {
      data: type,
      ...(parametersType !== null && { parameters: parametersType }),
      ...(child !== null && { thisChildEntry: child.entry.sequence }),
      position: part.number,
      size,
      processed,
    });
  });

/** IPMEntryType, from the index. */
const entryType: Values = ({ entry }) => {
  const value = entry.cached.get(CACHED_ATTRIBUTE.ipmEntryType);
  return value === undefined ? [] : [value];
};

export const SUMMARY_ATTRIBUTES: readonly AttributeDefinition[] = [
  attribute('2.6.1.6.0', 'ipm-entry-type', 'integer', 'LZX dcsf', entryType),
  attribute('2.6.1.6.1', 'ipm-synopsis', 'none', 'L dcsf', ipmSynopsis),
  attribute('2.6.1.6.2', 'body-parts-summary', 'none', '4ML dcsf', bodyPartsSummary),
];
