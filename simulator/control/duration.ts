/** Spans of time as ISO 8601 writes them. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'

/** Milliseconds of `PT1H`, `P3D`, `P1DT12H`, `PT0.5S`, `P2W`; undefined for anything else. Months and years have no fixed length. */
export function parseDuration(text: string): number | undefined {
  const match =
    /^P(?:(\d{1,5})W|(?=[\dT])(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?)$/.exec(
      text,
    )
  if (match === null) return undefined
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((n) => Number(n ?? 0))
  return Math.round((weeks * 7 + days) * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000)
}
