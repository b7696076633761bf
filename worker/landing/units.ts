/** Quantities with what they are counted in, as a buyer reads them. Pure. */
import { quantityText } from './money-text.ts'

/** `1,234.5 calls`, `1 call`, `10 GB`, `0.019443 GB-months`; `unit` is one of it. */
export const withUnit = (decimal: string, unit: string): string =>
  `${quantityText(decimal)} ${decimal === '1' ? unit : plural(unit)}`

/** Signs of units (`GB`, `°C`) have no plural; a word before a hyphen keeps its number. */
const plural = (unit: string): string =>
  /[a-z]$/.test(unit) && !/^(k|M|G|T)?[bB]$/.test(unit) ? `${unit}s` : unit
