/** Whether this stack may meter, and no other does beside it. Pure. */
import { sayOf, type Check, type Seen } from '../check.ts'
import type { Deployment } from '../deployment.ts'
import type { LiveFacts } from '../facts/live.ts'
import { upOf } from './remedies.ts'

const say = sayOf('aws')

export function judgeLive(
  live: Seen<readonly LiveFacts[]>,
  { deployment, metering }: Pick<Deployment, 'deployment' | 'metering'>,
): Check[] {
  if (!live.ok) return [say.unseen('live parameter', live.error)]
  return live.value.map(({ parameter, owner }) =>
    metering === 'live' ? judgeOwner(parameter, owner, deployment) : judgeDry(parameter, owner, deployment),
  )
}

function judgeOwner(parameter: string, owner: string | null, deployment: string): Check {
  if (owner === deployment) return say.ok('live parameter', `${parameter} is this stack’s`)
  return owner === null
    ? say.wrong(
        'live parameter',
        `${parameter} is missing while the stack is live: a second stack could meter the same product`,
        upOf(deployment),
      )
    : say.wrong(
        'live parameter',
        `${parameter} is the stack ${owner}’s while ${deployment} is live too: both may meter the same usage`,
        'set tollgate:metering to dry in one of the two, `npm run up` it, and deploy it at once',
      )
}

function judgeDry(parameter: string, owner: string | null, deployment: string): Check {
  return owner === deployment
    ? say.wrong(
        'live parameter',
        `${parameter} names this stack, which is dry: no other stack can become live`,
        `\`npm run up -- --stack ${deployment}\` takes it away once its protection is off (docs/deploy.md, Go live); until then no other stack can`,
      )
    : say.ok(
        'live parameter',
        owner === null ? `no stack meters (${parameter})` : `${parameter} is ${owner}’s`,
      )
}
