/** Exact numbers of the oracle: fractions of bigints, nothing else. Written apart from `shared/amount.ts`. Pure. */

/** `d` is above 0. Not always in lowest terms: compare with `compare`, never by fields. */
export interface Fraction {
  readonly n: bigint
  readonly d: bigint
}

export const ZERO: Fraction = { n: 0n, d: 1n }

export const whole = (n: bigint): Fraction => ({ n, d: 1n })

/** A count of millionths as text of an integer, as a history carries amounts. */
export const millionths = (text: string): Fraction => ({ n: BigInt(text), d: 1_000_000n })

/** A decimal text such as `-12.5`. Throws when it is none. */
export function decimal(text: string): Fraction {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (parts === null) throw new Error(`"${text}" is no decimal`)
  const digits = parts[3] ?? ''
  const n = BigInt(`${parts[2] ?? ''}${digits}`)
  return { n: parts[1] === '-' ? -n : n, d: 10n ** BigInt(digits.length) }
}

export function add(a: Fraction, b: Fraction): Fraction {
  if (a.d === b.d) return { n: a.n + b.n, d: a.d }
  return lowest({ n: a.n * b.d + b.n * a.d, d: a.d * b.d })
}

export const negate = ({ n, d }: Fraction): Fraction => ({ n: -n, d })
export const subtract = (a: Fraction, b: Fraction): Fraction => add(a, negate(b))
export const multiply = (a: Fraction, b: Fraction): Fraction => lowest({ n: a.n * b.n, d: a.d * b.d })

/** Below 0, 0, above 0: as `a` is less than, equal to, more than `b`. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export const larger = (a: Fraction, b: Fraction): Fraction => (compare(a, b) < 0 ? b : a)
export const smaller = (a: Fraction, b: Fraction): Fraction => (compare(a, b) < 0 ? a : b)
export const notBelowZero = (a: Fraction): Fraction => larger(a, ZERO)

/** How many whole `block`s are in `a`, which is not below 0; `up` counts one that is only begun. */
export function blocksIn(a: Fraction, block: Fraction, round: 'down' | 'up'): bigint {
  const n = a.n * block.d
  const d = a.d * block.n
  return round === 'down' ? n / d : (n + d - 1n) / d
}

/** For people: a decimal where it has one of at most 9 digits, else `n/d`. */
export function textOf(a: Fraction): string {
  const { n, d } = lowest(a)
  for (let digits = 0; digits <= 9; digits += 1) {
    const scale = 10n ** BigInt(digits)
    if (scale % d !== 0n) continue
    const scaled = (n * scale) / d
    const sign = scaled < 0n ? '-' : ''
    const text = String(scaled < 0n ? -scaled : scaled).padStart(digits + 1, '0')
    return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
  }
  return `${n}/${d}`
}

function lowest({ n, d }: Fraction): Fraction {
  let a = n < 0n ? -n : n
  let b = d
  while (b !== 0n) [a, b] = [b, a % b]
  return a <= 1n ? { n, d } : { n: n / a, d: d / a }
}
