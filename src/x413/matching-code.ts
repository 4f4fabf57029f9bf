/**
 * The rules for distribution codes and information categories: every part that one side has, the
 * other has as well, and it is equal.
 *
 * Source: X.420 (1999), modules IPMSHeadingExtensions, IPMSMessageStoreAttributes.
 */
import { childrenOf, retag } from '../asn1/elements.js';
import { objectIdentifier } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { ViolationError } from '../base/errors.js';
import { OR_DESCRIPTOR_RULES } from './matching-name.js';
import { matchingRule, type Reader, type Truth } from './matching-rule.js';
import { foldedMsStringOf } from './matching-simple.js';

/** A code's parts, each null where it is absent. */
interface Code {
  readonly oid: string | null;
  /** Folded. */
  readonly text: string | null;
  /** A whole ORDescriptor. */
  readonly descriptor: Uint8Array | null;
}

/** Reads a SEQUENCE whose optional members have these tags. */
const codeReader =
  (oidTag: Tag, textTag: Tag): Reader<Code> =>
  (octets) => {
    const code = readElement(octets);
    if (code.tag !== TAG.sequence) throw new ViolationError('asn1', 'unexpected-tag');
    const members = childrenOf(code);
    const member = (tag: Tag) => members.find((one) => one.tag === tag);
    const [oid, text, descriptor] = [member(oidTag), member(textTag), member(context(0))];
    return {
      oid: oid === undefined ? null : objectIdentifier.decode(oid),
      text: text === undefined ? null : foldedMsStringOf(retag(text, TAG.set)),
      descriptor:
        descriptor === undefined || oidTag === context(0) ? null : retag(descriptor, TAG.set),
    };
  };

function codesMatch(found: Code, asserted: Code): Truth {
  if (found.oid !== asserted.oid || found.text !== asserted.text) return false;
  if (found.descriptor === null || asserted.descriptor === null) {
    return found.descriptor === asserted.descriptor;
  }
  return OR_DESCRIPTOR_RULES.equality.test(asserted.descriptor)([found.descriptor]);
}

const distributionCodeOf = codeReader(TAG.objectIdentifier, TAG.set);
export const distributionCodeMatch = matchingRule(
  'distributionCodeMatch',
  '2.6.1.14.15',
  distributionCodeOf,
  distributionCodeOf,
  codesMatch,
);

const informationCategoryOf = codeReader(context(0), context(1));
export const informationCategoryMatch = matchingRule(
  'informationCategoryMatch',
  '2.6.1.14.16',
  informationCategoryOf,
  informationCategoryOf,
  codesMatch,
);
