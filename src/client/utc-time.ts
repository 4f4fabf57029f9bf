/**
 * Dates as UTCTime, which has two digits for the year.
 *
 * Source: X.680 (2002) 43; 1950 to 2049 as in asn1/time.ts.
 */
import { formatUtcTime } from '../asn1/time.js';

/** Throws RangeError outside 1950 to 2049: as another century it would select other entries. */
export function utcTimeOf(date: Date): string {
  const year = date.getUTCFullYear();
  if (!(1950 <= year && year <= 2049)) throw new RangeError('UTCTime writes 1950 to 2049');
  return formatUtcTime(date.getTime() / 1000);
}
