/** What the Worker finds wrong with itself. Pure. */
import { sayOf, type Check, type Seen } from '../check.ts'
import type { OwnCheck } from '../facts/operator.ts'

const say = sayOf('outside')

export function judgeOperator(checks: Seen<readonly OwnCheck[]>): Check[] {
  if (!checks.ok) return [say.unseen('the Worker itself', checks.error)]
  return checks.value.map(({ name, ok, detail }) =>
    ok
      ? say.ok(`the Worker itself: ${name}`, detail)
      : say.wrong(
          `the Worker itself: ${name}`,
          detail,
          'do what that says; a refusal by STS minutes after a change passes by itself',
        ),
  )
}
