/**
 * UTCTime and GeneralizedTime as a number and back. The types hold the text as it came; only what
 * compares or counts asks for the number.
 *
 * Source: X.680 (2002) 42, 43; the century rule is ours: 00..49 is 20xx, 50..99 is 19xx.
 */
const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:Z|([+-])(\d\d)(\d\d))$/;

/** Unix seconds of `YYMMDDhhmm[ss](Z|±hhmm)`; null for anything else, impossible dates included. */
export function secondsOfUtcTime(text: string): number | null {
  const match = UTC_TIME.exec(text);
  if (match === null) return null;
  const shortYear = Number(match[1]);
  return secondsOf(shortYear < 50 ? 2000 + shortYear : 1900 + shortYear, match.slice(2));
}

const GENERALIZED_TIME =
  /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?(?:Z|([+-])(\d\d)(\d\d)?)$/;

/**
 * Unix seconds of `YYYYMMDDhh[mm[ss]][.f](Z|±hh[mm])`, fractions of a second dropped; null for
 * anything else: for a local time, whose zone nobody knows, and for fractions of an hour or minute.
 */
export function secondsOfGeneralizedTime(text: string): number | null {
  const match = GENERALIZED_TIME.exec(text);
  if (match === null || (match[6] === undefined && /[.,]/.test(text))) return null;
  return secondsOf(Number(match[1]), match.slice(2));
}

/** `parts`: month, day, hour, minute, second, sign, hours and minutes of the offset. */
function secondsOf(year: number, parts: readonly (string | undefined)[]): number | null {
  const number = (index: number) => Number(parts[index] ?? 0);
  const [month, day, hour] = [number(0), number(1), number(2)];
  const [minute, second] = [number(3), number(4)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const [offsetHours, offsetMinutes] = [number(6), number(7)];
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const offset = 60 * (60 * offsetHours + offsetMinutes);
  return date.getTime() / 1000 - (parts[5] === '-' ? -offset : offset);
}

/** `YYMMDDhhmmssZ`. The year loses its century, as the type wants it. */
export function formatUtcTime(seconds: number): string {
  const digits = new Date(1000 * Math.floor(seconds)).toISOString().replaceAll(/[-:T]/g, '');
  return `${digits.slice(2, 14)}Z`;
}
