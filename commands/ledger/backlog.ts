/** `backlog`: what waits at each Submitter, how long it takes, what stands still, and what will not make it. */
import type { Page } from '../../shared/ledger/repair.ts'
import type { BacklogLine } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Backlog } from '../../shared/submission/backlog.ts'
import { call } from './call.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { countText, dollarText, spanText, timeText } from './format.ts'
import type { Target } from './target.ts'
import type { Command } from './work.ts'

const read = (target: Target): Promise<Result<Page<BacklogLine>, Failure>> =>
  call(target, { path: '/backlog' })

export const showBacklog: Command = async ({ target, given, print }) => {
  const page = await read(target)
  if (!page.ok) return page
  for (const line of page.value.rows) {
    if (given.json) print(JSON.stringify(line))
    else for (const text of textOf(line)) print(text)
  }
  const silent = page.value.rows.filter(({ backlog }) => backlog === null)
  return silent.length === 0
    ? ok(EXIT.done)
    : err(failure(EXIT.unreachable, 'A Submitter did not answer: give the command again; its log says why.'))
}

/** The backlog as lines for a person. */
export async function backlogLines(target: Target): Promise<Result<readonly string[], Failure>> {
  const page = await read(target)
  return page.ok ? ok(page.value.rows.flatMap(textOf)) : page
}

function textOf({ submitter, backlog }: BacklogLine): string[] {
  if (backlog === null) return [`Submitter ${submitter} did not answer.`]
  return [`Submitter ${submitter}: ${standing(backlog)}.`, ...stillLines(backlog), ...dangerLines(backlog)]
}

function standing({ waiting, settled, drainMs }: Backlog): string {
  const time = drainMs === null ? 'and AWS takes none at present' : `about ${spanText(drainMs)} of sending`
  const sent = waiting === 0 ? 'nothing waits to be sent' : `${countText(waiting, 'record')} to send, ${time}`
  return settled === 0 ? sent : `${sent}; ${countText(settled, 'answer')} on the way to their Ledgers`
}

/** What stands still and who has to do what; the Submitter's own alarms say the rest. */
function stillLines({ lanes, stops, alarms, silent }: Backlog): string[] {
  return [
    ...(silent === undefined ? [] : [`  ${silent}`]),
    ...lanes.map(
      ({ product_code, reason, message, stopped_ms, probe_ms, records }) =>
        `  product ${product_code} stands since ${timeText(stopped_ms)}, ${countText(records, 'record')} waiting: AWS says ${reason}${message ? ` (${message})` : ''}. Yours: correct access or the product; it is tried at ${timeText(probe_ms)} and goes on by itself.`,
    ),
    ...stops.map(
      ({ product_code, scope, subject, reason, stopped_ms, probe_ms }) =>
        `  ${scope} ${subject} of ${product_code} stands since ${timeText(stopped_ms)}: AWS says ${reason}. Yours: compare it with the listing; it is tried at ${timeText(probe_ms)} and goes on by itself.`,
    ),
    ...alarms
      .filter(({ subject, over }) => !over && !/^(lane|stop|danger|lost)\b/.test(subject))
      .map(({ message }) => `  ${message}`),
  ]
}

function dangerLines({ danger, lost }: Backlog): string[] {
  return [
    ...danger
      .filter(({ records }) => records > 0)
      .map(
        ({ percent, records }) =>
          `  used ${percent} % of the time they have: ${countText(records, 'record')}.`,
      ),
    ...(lost.records === 0
      ? []
      : [
          `  ${countText(lost.records, 'record')} worth ${lost.valued < lost.records ? 'more than ' : ''}${dollarText(lost.value)} will not make it at this rate. Yours: ask AWS for a higher quota. The first:`,
        ]),
    ...lost.named.map(
      ({ key, deadline, value }) => `    ${dollarText(value)} until ${timeText(deadline)}  ${key}`,
    ),
  ]
}
