/** What the Worker answers from outside, judged in the order in which a purchase needs it. Pure. */
import { member, parseObject, textMember } from '../../../shared/aws/json.ts'
import { sayOf, type Check } from '../check.ts'
import { isCheck, notOurs, open, silence, type OutsideCase } from './answer.ts'
import { judgeClock, judgeDiscovery, judgeKeys } from './issuer.ts'
import { judgeLanding, judgePost } from './landing.ts'
import { deployOf } from './remedies.ts'

const say = sayOf('outside')

export function judgeOutside(of: OutsideCase): Check[] {
  const { facts } = of
  const silent = silenceOf(of)
  if (silent !== undefined) return [silent]
  return [
    judgeDiscovery(of),
    judgeKeys(of),
    judgeHealth(of),
    ...judgeClock(facts.discovery),
    ...(of.landing === 'hosted'
      ? [judgeLanding(of), judgePost('no', facts.bare, of), judgePost('a garbled', facts.garbled, of)]
      : []),
  ]
}

/** Nothing answers at all: one line, not seven. */
function silenceOf({ stack, publicUrl, facts }: OutsideCase): Check | undefined {
  const { discovery, health } = facts
  if (discovery.ok || health.ok) return undefined
  return say.wrong('reachable', ...silence(publicUrl, discovery.error, stack))
}

function judgeHealth({ stack, publicUrl, metering, facts }: OutsideCase): Check {
  const name = 'health'
  const url = `${publicUrl}/health`
  const answer = open(name, url, facts.health, stack)
  if (isCheck(answer)) return answer
  const said = parseObject(answer.body)
  if (member(said, 'code') === 'not-configured')
    return say.wrong(
      name,
      'the Worker says that it is not configured',
      `its settings are a deployment’s: ${deployOf(stack)}`,
    )
  const status = textMember(said, 'status')
  if (answer.status !== 200 || status === undefined) return notOurs(name, url, answer, stack)
  if (status !== 'ok')
    return say.wrong(
      name,
      `the Worker says ${status}: its database does not answer`,
      'see cloudflarestatus.com, then `wrangler tail`',
    )
  const mode = textMember(said, 'metering')
  return mode === metering
    ? say.ok(name, `ok, metering is ${mode}, version ${textMember(said, 'version') ?? 'unknown'}`)
    : say.wrong(
        name,
        `the Worker runs with metering ${mode ?? 'unknown'}, the stack says ${metering}`,
        `the deployment is older than the stack: ${deployOf(stack)}`,
      )
}
