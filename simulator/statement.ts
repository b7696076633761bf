/** The bill as a person reads it: month by month, with what contracts cost ahead. Pure; changes nothing, rounds nothing. */
import { monthOf } from '../shared/hour.ts'
import type { BillLine } from './marketplace/bill.ts'
import { billOf, toDollars, toScaled } from './marketplace/bill.ts'
import type { Dollars, State, Term } from './marketplace/model.ts'
import type { TaskHours } from './marketplace/task-hours.ts'
import { taskHours } from './marketplace/task-hours.ts'

/** Which part of the bill; a part left out is all of it. `month` is the first ms of the usage's own UTC month. */
export interface StatementFilter {
  readonly account?: string
  readonly product?: string
  readonly month?: number
}

/** All usage of one dimension in one month by one account of one product. */
export interface StatementTotal {
  /** YYYY-MM */
  readonly month: string
  readonly account: string
  readonly product: string
  readonly dimension: string
  readonly units: number
  readonly dollars: Dollars
}

/** What a contract costs for its term, in the month it was accepted in. */
export interface ContractCharge {
  readonly month: string
  readonly account: string
  readonly product: string
  readonly agreementId: string
  readonly dimension: string
  readonly units: number
  readonly term: Term
  readonly price: Dollars
  readonly dollars: Dollars
}

export interface Statement {
  /** Accepted records, the newest hour first. */
  readonly lines: readonly BillLine[]
  readonly totals: readonly StatementTotal[]
  readonly usageDollars: Dollars
  /** Tasks of products that are paid by the hour; a part of a month each. */
  readonly tasks: readonly TaskHours[]
  readonly taskDollars: Dollars
  readonly contracts: readonly ContractCharge[]
  readonly contractDollars: Dollars
}

/** A month as YYYY-MM. */
export const nameMonth = (at: number): string => new Date(at).toISOString().slice(0, 7)

/** The first ms of a month written YYYY-MM; undefined for anything else. */
export function parseMonth(text: string): number | undefined {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text)
  return match === null ? undefined : Date.UTC(Number(match[1]), Number(match[2]) - 1, 1)
}

/** The statement of everybody, or the part the filter names. */
export function statementOf(state: Readonly<State>, filter: StatementFilter): Statement {
  const { lines, dollars } = billOf(state, filter)
  const contracts = contractsOf(state, filter)
  const tasks = taskHours(state).filter(
    ({ account, product, month }) =>
      (filter.account ?? account) === account &&
      (filter.product ?? product) === product &&
      (filter.month ?? month) === month,
  )
  return {
    lines: lines.toReversed(),
    totals: totalsOf(state, lines),
    usageDollars: dollars,
    tasks,
    taskDollars: toDollars(tasks.reduce((sum, t) => sum + toScaled(t.dollars), 0n)),
    contracts,
    contractDollars: toDollars(contracts.reduce((sum, c) => sum + toScaled(c.dollars), 0n)),
  }
}

/** Newest month first, then by account and product. */
function totalsOf(state: Readonly<State>, lines: readonly BillLine[]): StatementTotal[] {
  const parts = new Map<string, { month: number; account: string; product: string }>()
  for (const { hour, account, product } of lines) {
    const part = { month: monthOf(hour), account, product }
    parts.set(JSON.stringify(Object.values(part)), part)
  }
  return [...parts.values()]
    .sort((a, b) => b.month - a.month || compare(a.account, b.account) || compare(a.product, b.product))
    .flatMap((part) =>
      billOf(state, part).totals.map((total) => ({ ...part, month: nameMonth(part.month), ...total })),
    )
}

function contractsOf(state: Readonly<State>, filter: StatementFilter): ContractCharge[] {
  return Object.values(state.agreements)
    .filter(
      ({ account, product, acceptedAt, trial }) =>
        !trial &&
        (filter.account === undefined || filter.account === account) &&
        (filter.product === undefined || filter.product === product) &&
        (filter.month === undefined || filter.month === monthOf(acceptedAt)),
    )
    .flatMap(({ id, account, product, acceptedAt, term, bought }) =>
      bought.map(({ dimension, quantity, price }) => ({
        month: nameMonth(acceptedAt),
        account,
        product,
        agreementId: id,
        dimension,
        units: quantity,
        term: term ?? 'month',
        price,
        dollars: toDollars(toScaled(price) * BigInt(quantity)),
      })),
    )
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
