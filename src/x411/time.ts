/**
 * UTCTime as a number and back. The type holds the text as it came; only what compares or counts
 * asks for the number.
 *
 * Source: X.680 (2002) 43; the century rule is ours: 00..49 is 20xx, 50..99 is 19xx.
 */
const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:Z|([+-])(\d\d)(\d\d))$/;

/** Unix seconds of `YYMMDDhhmm[ss](Z|±hhmm)`; null for anything else, impossible dates included. */
export function secondsOfUtcTime(text: string): number | null {
  const match = UTC_TIME.exec(text);
  if (match === null) return null;
  const [shortYear = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const year = shortYear < 50 ? 2000 + shortYear : 1900 + shortYear;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const [offsetHours, offsetMinutes] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const offset = 60 * (60 * offsetHours + offsetMinutes);
  return date.getTime() / 1000 - (match[7] === '-' ? -offset : offset);
}

/** `YYMMDDhhmmssZ`. The year loses its century, as the type wants it. */
export function formatUtcTime(seconds: number): string {
  const digits = new Date(1000 * Math.floor(seconds)).toISOString().replaceAll(/[-:T]/g, '');
  return `${digits.slice(2, 14)}Z`;
}
