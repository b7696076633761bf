/** The clock's buttons: what a form asks for, and what came of it in words. */
import { endOf, explainStepFailure } from '../clock.ts'
import type { Settled, StepFailure, Stepped, Stepper } from '../clock.ts'
import { parseDuration } from '../control/duration.ts'
import type { State } from '../marketplace/model.ts'
import type { Result } from '../../shared/result.ts'
import { HOUR_MS } from '../../shared/hour.ts'
import { day, hourText } from './format.ts'
import type { Notice } from './layout.ts'

/** Pages a button may come back to; anything else comes back to the first. */
const BACK = /^\/(?:agreements|bill|mail|webhooks|messages|faults|products\/[\w-]{1,64})?$/

export interface Moved {
  readonly path: string
  readonly notice: Notice
}

/** Moves the clock as the form asks; undefined: it is none of the buttons. Closing the hour leads to the bill. */
export async function moveClock(
  stepper: Stepper,
  state: Readonly<State>,
  sent: URLSearchParams,
): Promise<Moved | undefined> {
  const move = sent.get('move') ?? ''
  const asked = sent.get('back') ?? '/'
  const path = BACK.test(asked) ? asked : '/'
  if (move === 'close-hour') {
    const hour = endOf('hour', state.business) - HOUR_MS
    return { path: '/bill', notice: closedNotice(hour, await stepper.settle('hour')) }
  }
  const at = Number(sent.get('at'))
  if (move === 'to') {
    if (!state.pending.some((pending) => pending.due === at)) return { path, notice: HAPPENED }
    return {
      path,
      notice: movedNotice(await stepper.advance(() => ({ at, closing: 'step' }))),
    }
  }
  const ms = parseDuration(move)
  if (ms === undefined) return undefined
  return {
    path,
    notice: movedNotice(await stepper.advance((now) => ({ at: now + ms, closing: 'step' }))),
  }
}

const HAPPENED: Notice = {
  tone: 'good',
  title: 'Delivered already',
  text: 'Nothing is due at that time any more: it happened meanwhile.',
}

function closedNotice(hour: number, settled: Result<Settled, StepFailure>): Notice {
  if (!settled.ok) return failedNotice(settled.error)
  const { value } = settled
  const steps = stepsOf(value)
  if (value.settled)
    return {
      tone: 'good',
      title: `The hour ${hourText(hour)} UTC is closed`,
      text: `${doneText(value)} Everything used before its end has its final answer.`,
      steps,
    }
  return {
    tone: 'wait',
    title: `The hour ${hourText(hour)} UTC has ended, but is not settled`,
    text: `${doneText(value)} Still waiting: ${value.waiting.slice(0, 5).join('; ') || 'nobody said for what'}.`,
    steps,
  }
}

function movedNotice(moved: Result<Stepped, StepFailure>): Notice {
  if (!moved.ok) return failedNotice(moved.error)
  return {
    tone: 'good',
    title: 'The clock was moved',
    text: doneText(moved.value),
    steps: stepsOf(moved.value),
  }
}

const failedNotice = (failure: StepFailure): Notice => ({
  tone: 'bad-news',
  title: 'The clock could not be moved',
  text: explainStepFailure(failure),
})

function doneText({ business, doneInAll }: Stepped): string {
  const time = new Date(business).toISOString().slice(11, 19)
  const done = doneInAll === 0 ? 'nothing was due on the way' : `${doneInAll} things were done on the way`
  return `It is ${day(business)}, ${time} UTC; ${doneInAll === 1 ? 'one thing was done on the way' : done}.`
}

const stepsOf = ({ did }: Stepped) =>
  did.slice(0, 200).map(({ at, by, what }) => ({ at, what: `${by}: ${what}` }))
