/**
 * ATS messages of AMHS: the header in the text of the basic service, and the precedence that
 * carries the same in the extended service. A header that cannot be read is none; it never stops
 * a message.
 *
 * Source: EUR Doc 020; ICAO Doc 9880 Part II.
 */
const SOH = '\u0001';
const STX = '\u0002';

/** Precedence of a recipient by ATS priority. */
export const ATS_PRECEDENCE = { SS: 107, DD: 71, FF: 57, GG: 28, KK: 14 } as const;
export type AtsPriority = keyof typeof ATS_PRECEDENCE;

/** precedence-policy-identifier of the extended service. */
export const ATS_PRECEDENCE_POLICY = '1.3.27.8.0.0';

export interface AtsHeader {
  readonly priority: AtsPriority;
  /** DDHHMM. */
  readonly filingTime: string;
  readonly optionalHeadingInformation: string | null;
}

/** Between SOH and STX. */
const HEADER = /^PRI: ?(SS|DD|FF|GG|KK)\r?\nFT: ?(\d{6})(?:\r?\nOHI: ?([^\r\n]*))?(?:\r?\n)*$/;

/** Header and text behind it; null where the text has no such header. */
export function parseAtsText(text: string): { header: AtsHeader; text: string } | null {
  const end = text.indexOf(STX);
  if (!text.startsWith(SOH) || end < 0) return null;
  const [, priority, filingTime, information] = HEADER.exec(text.slice(1, end)) ?? [];
  if (filingTime === undefined || !isFilingTime(filingTime)) return null;
  return {
    header: {
      priority: priority as AtsPriority,
      filingTime,
      optionalHeadingInformation: information ?? null,
    },
    text: text.slice(end + 1),
  };
}

function isFilingTime(text: string): boolean {
  const [day, hour, minute] = [text.slice(0, 2), text.slice(2, 4), text.slice(4)].map(Number);
  return (
    [day, hour, minute].every(Number.isInteger) &&
    isBetween(day, 1, 31) &&
    isBetween(hour, 0, 23) &&
    isBetween(minute, 0, 59)
  );
}

const isBetween = (value: number | undefined, min: number, max: number) =>
  value !== undefined && value >= min && value <= max;

/** The text with its header, in the form with an empty line before STX. */
export function formatAtsText(header: AtsHeader, text: string): string {
  const information = header.optionalHeadingInformation;
  const lines = [`${SOH}PRI: ${header.priority}`, `FT: ${header.filingTime}`];
  if (information !== null) lines.push(`OHI: ${information}`);
  return `${lines.join('\r\n')}\r\n\r\n${STX}${text}`;
}

/** The ATS priority of a precedence; null outside the table. */
export function atsPriorityOfPrecedence(precedence: number): AtsPriority | null {
  const found = Object.entries(ATS_PRECEDENCE).find(([, value]) => value === precedence);
  return (found?.[0] as AtsPriority | undefined) ?? null;
}
