/** Whether buyers can land: what AWS's review tries first. Pure. */
import { sayOf, type Check } from '../check.ts'
import type { Answered, Probe } from '../facts/outside.ts'
import { isCheck, notOurs, open, type OutsideCase } from './answer.ts'
import { deployOf } from './remedies.ts'

const say = sayOf('outside')

export function judgeLanding({ stack, publicUrl, facts }: OutsideCase): Check {
  const name = 'landing page'
  const answer = open(name, `${publicUrl}/`, facts.landing, stack)
  if (isCheck(answer)) return answer
  return answer.status === 200 && isPage(answer)
    ? say.ok(name, 'is shown')
    : notOurs(name, `${publicUrl}/`, answer, stack)
}

export function judgePost(which: string, seen: Probe, { stack, publicUrl }: OutsideCase): Check {
  const name = `landing page: POST with ${which} token`
  const answer = open(name, `${publicUrl}/`, seen, stack)
  if (isCheck(answer)) return answer
  if (hasTrace(answer.body))
    return say.wrong(
      name,
      'answers with a stack trace, which fails AWS’s review',
      `it is not this version’s page: ${deployOf(stack)}`,
    )
  if (answer.status === 405 || answer.status === 404)
    return say.wrong(
      name,
      `answers ${answer.status}: the page takes no POST, which fails AWS’s review`,
      deployOf(stack),
    )
  return answer.status < 500 && isPage(answer)
    ? say.ok(name, `is answered by a page (${answer.status})`)
    : notOurs(name, `${publicUrl}/`, answer, stack)
}

const isPage = ({ headers }: Answered): boolean => /^text\/html\b/.test(headers['content-type'] ?? '')

/** `at name (file:1:2)`, as JavaScript, and `Traceback`, as Python write it. */
const hasTrace = (body: string): boolean =>
  /\n\s*at .{1,200}:\d+:\d+\)?|Traceback \(most recent call last\)/.test(body)
