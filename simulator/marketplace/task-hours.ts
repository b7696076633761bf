/**
 * What registered tasks cost: by the second from the task's start until it stops, at least a minute. Pure.
 * Source: container-metering-registerusage, "prorated to the second, minimum 1 minute" (facts §3, 2026-11-21).
 */
import { toDollars, toScaled } from './bill.ts'
import { own } from './draft.ts'
import type { Dollars, State } from './model.ts'
import type { Task } from './task.ts'

const MINIMUM_SECONDS = 60
const HOUR_SECONDS = 3_600

/** One task's time in one UTC month. */
export interface TaskHours {
  /** The UTC month's first ms. */
  readonly month: number
  /** The ECS task's ARN or `pod/<uid>`. */
  readonly task: string
  readonly account: string
  /** The product's own short name. */
  readonly product: string
  readonly dimension: string
  /** Business time, epoch ms. */
  readonly from: number
  readonly until: number
  /** It goes on. */
  readonly isRunning: boolean
  readonly seconds: number
  /** Dollars an hour; "0" in a free trial. */
  readonly price: Dollars
  /** Rounded half up to eight decimals. */
  readonly dollars: Dollars
}

/** Every task that RegisterUsage was answered for, of products that are paid by the hour; the newest month first. */
export const taskHours = (state: Readonly<State>): TaskHours[] =>
  Object.values(state.tasks)
    .flatMap((task) =>
      Object.keys(task.registered).flatMap((code) => {
        const product = state.products.find((one) => one.code === code)
        const dimension = product?.dimensions.find(({ offered }) => offered)
        if (product?.pricing !== 'hourly' || dimension === undefined) return []
        const isTrial = own(state.agreements, own(task.initial, code) ?? '')?.trial === true
        const price = isTrial ? '0' : dimension.price
        return monthsOf(task, state.business).map((part) => ({
          ...part,
          task: task.task,
          account: task.account,
          product: product.key,
          dimension: dimension.key,
          price,
          dollars: dollarsOf(price, part.seconds),
        }))
      }),
    )
    .sort((a, b) => b.month - a.month || b.from - a.from)

type Part = Pick<TaskHours, 'month' | 'from' | 'until' | 'isRunning' | 'seconds'>

/** The task's life, cut at the months' ends. The minimum is of its first part. */
function monthsOf({ startedAt, stoppedAt }: Task, now: number): Part[] {
  const end = stoppedAt ?? now
  const parts: Part[] = []
  for (let from = startedAt; from < end || parts.length === 0;) {
    const day = new Date(from)
    const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()]
    const next = Date.UTC(year, month + 1, 1)
    const until = Math.min(end, next)
    const least = parts.length === 0 ? MINIMUM_SECONDS : 0
    parts.push({
      month: Date.UTC(year, month, 1),
      from,
      until,
      isRunning: stoppedAt === null && end <= next,
      seconds: Math.max(least, Math.floor((until - from) / 1000)),
    })
    from = next
  }
  return parts
}

function dollarsOf(price: Dollars, seconds: number): Dollars {
  const amount = toScaled(price) * BigInt(seconds)
  return toDollars((amount * 2n + BigInt(HOUR_SECONDS)) / BigInt(2 * HOUR_SECONDS))
}
