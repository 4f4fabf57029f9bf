/**
 * What was submitted and the reports about it, as attributes of both. Nothing is written down when
 * a report comes; it is found when somebody asks, by the identifier that both have. So a report
 * counts that came before its submission was kept, and none that was deleted.
 *
 * Source: X.413 (1999) 11.2, the attributes ms-ac-; 13, auto-correlate-reports.
 */
import { bitString, hasBit } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { required, withDefault } from '../asn1/component.js';
import { childrenOf, decodeOrNull } from '../asn1/elements.js';
import { sequenceOf } from '../asn1/list.js';
import { enumerated, integer, nullType } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { context, TAG } from '../asn1/tag.js';
import { implicit, tolerantExplicit } from '../asn1/tagged.js';
import { encode, type TypeOf } from '../asn1/type.js';
import { PerRecipientReportDeliveryFields } from '../x411/delivery.js';
import { orAddressKey } from '../x411/or-address-key.js';
import { OR_NAME_TAG, OrName } from '../x411/or-name.js';
import { ORIGINATOR_REPORT_REQUEST } from '../x411/submission.js';
import type { Values } from './attribute.js';
import { SequenceNumberType } from './common.js';
import { CACHED_ATTRIBUTE, type EntrySource } from './entry.js';
import { envelopeView } from './envelope-view.js';

/** Where a report tells of a recipient; `position` counts its recipients from one. */
export const PerRecipientReport = sequence('PerRecipientReport', {
  reportEntry: required(tolerantExplicit(0, SequenceNumberType)),
  position: withDefault(tolerantExplicit(1, integer()), 1),
});
type PerRecipientReport = TypeOf<typeof PerRecipientReport>;

export const ReportLocation = choice('ReportLocation', {
  noCorrelatedReports: tolerantExplicit(0, nullType),
  location: tolerantExplicit(1, sequenceOf(PerRecipientReport)),
});

export const REPORT_SUMMARY = {
  'no-report-requested': 0,
  'no-report-received': 1,
  'report-outstanding': 2,
  'delivery-cancelled': 3,
  'delivery-report-from-another-recipient': 4,
  'non-delivery-report-from-another-recipient': 5,
  'delivery-report-from-intended-recipient': 6,
  'non-delivery-report-from-intended-recipient': 7,
} as const;
export const ReportSummary = enumerated('ReportSummary', REPORT_SUMMARY);

/** originator-report-request under the tag that it has in the envelope. */
const RequestBits = implicit(0, bitString);
const CANCELLATION_TIME = '2.6.4.3.50';

/** One recipient in one report. */
interface Told {
  readonly place: PerRecipientReport;
  readonly isDelivered: boolean;
  /** Key of the name to which it was sent; and of the one who got it, or did not. */
  readonly intended: string;
  readonly actual: string;
}

/** All that reports tell of a submission, in the order in which they came. */
function toldOf(source: EntrySource): Told[] {
  const identifier = source.entry.cached.get(CACHED_ATTRIBUTE.messageIdentifier);
  if (identifier === undefined) return [];
  return source.reportsAbout(identifier).flatMap((report) => {
    const fields = envelopeView(report).fields.get(TAG.sequence);
    return (fields === undefined ? [] : childrenOf(fields)).flatMap((element, at) => {
      const one = decodeOrNull(PerRecipientReportDeliveryFields, element.whole);
      if (one === null) return [];
      const actual = orAddressKey(one.actualRecipientName.value);
      const { originallyIntendedRecipientName: name } = one;
      const intended = name === undefined ? actual : orAddressKey(name.value);
      const place = { reportEntry: report.entry.sequence, position: at + 1 };
      return [{ place, isDelivered: one.reportType.kind === 'delivery', intended, actual }];
    });
  });
}

/** Keys of the names of the recipients, in the order of the envelope. */
function recipientKeys(source: EntrySource): string[] {
  return envelopeView(source).recipients.map(({ fields }) => {
    const name = fields.get(OR_NAME_TAG);
    const value = name === undefined ? null : decodeOrNull(OrName, name.whole);
    return value === null ? '' : orAddressKey(value);
  });
}

/** ms-ac-correlated-report-list: one value a recipient. */
export const correlatedReports: Values = (source) => {
  const told = toldOf(source);
  return recipientKeys(source).map((key) => {
    const value = told.filter(({ intended }) => intended === key).map(({ place }) => place);
    return value.length === 0
      ? encode(ReportLocation, { kind: 'noCorrelatedReports', value: null })
      : encode(ReportLocation, { kind: 'location', value });
  });
};

/** ms-ac-uncorrelated-report-list: what reports tell of others than the recipients. */
export const uncorrelatedReports: Values = (source) => {
  const keys = new Set(recipientKeys(source));
  return toldOf(source)
    .filter(({ intended }) => !keys.has(intended))
    .map(({ place }) => encode(PerRecipientReport, place));
};

/** ms-ac-report-summary: one value a recipient, of the last that was told. */
export const reportSummary: Values = (source) => {
  const told = toldOf(source);
  const isCancelled = source.marks(CANCELLATION_TIME).length > 0;
  const keys = recipientKeys(source);
  return envelopeView(source).recipients.map(({ fields }, at) => {
    const last = told.filter(({ intended }) => intended === keys[at]).at(-1);
    if (last !== undefined) return encode(ReportSummary, summaryOf(last));
    if (isCancelled) return encode(ReportSummary, 'delivery-cancelled');
    return encode(ReportSummary, withoutReport(fields.get(context(0))?.whole));
  });
};

function summaryOf({ isDelivered, intended, actual }: Told): keyof typeof REPORT_SUMMARY {
  const who = intended === actual ? 'intended' : 'another';
  return `${isDelivered ? 'delivery' : 'non-delivery'}-report-from-${who}-recipient`;
}

/** What there is to be expected: a report in any case, or one only where it is not delivered. */
function withoutReport(request: Uint8Array | undefined): keyof typeof REPORT_SUMMARY {
  const bits = request === undefined ? null : decodeOrNull(RequestBits, request);
  const { report, nonDeliveryReport } = ORIGINATOR_REPORT_REQUEST;
  if (bits !== null && hasBit(bits, report)) return 'report-outstanding';
  const isAsked = bits !== null && hasBit(bits, nonDeliveryReport);
  return isAsked ? 'no-report-received' : 'no-report-requested';
}

/** Of a report, ms-ac-report-subject-entry: the submission that it is about. */
export const reportSubject: Values = (source) => {
  const identifier = source.entry.cached.get(CACHED_ATTRIBUTE.subjectSubmissionIdentifier);
  const subject = identifier === undefined ? null : source.submittedAs(identifier);
  return subject === null ? [] : [encode(integer(), subject.entry.sequence)];
};
