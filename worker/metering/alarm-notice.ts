/** An alarm of the money path as a notice to people: put into the outbox once an hour and subject, and sent from there. */
import { objectOf, textMember } from '../../shared/aws/json.ts'
import { hourOf } from '../../shared/hour.ts'
import { alertStatement } from '../db/outbox.ts'
import { logLine, messageOf } from '../log.ts'
import { channelsOf } from './access.ts'

/** Never throws: the alarm is in the log, and stands in the backlog, whatever becomes of the notice. */
export async function tellPeople(env: Env, alarm: object | undefined, now: number): Promise<void> {
  const subject = textMember(objectOf(alarm), 'subject') ?? ''
  const message = textMember(objectOf(alarm), 'message') ?? ''
  try {
    const key = `alarm:${subject}:${hourOf(now)}`
    const alert = { kind: 'usage.in-danger', key, data: { subject, message } } as const
    await alertStatement(env.DB, alert, channelsOf(env), now)?.run()
  } catch (thrown) {
    logLine('error', 'alarm_not_told', { subject, error: messageOf(thrown) })
  }
}
