/** One attempt at the people who run the deployment: a notice to the tech admin's topic. */
import { publish } from '../aws/sns.ts'
import type { DeliveryRow } from '../db/deliveries.ts'
import type { Edge } from '../env.ts'
import { noticeOf } from './notices.ts'
import { readTold } from './told.ts'
import { triedInVain, type Tried } from './tried.ts'

/** Publishes the notice of a row that was claimed. */
export async function notifyPeople(edge: Edge, row: DeliveryRow): Promise<Tried> {
  const topicArn = edge.settings.techAdminTopicArn
  if (topicArn === undefined) return { kind: 'hopeless', outcome: 'TECH_ADMIN_TOPIC_ARN is not set' }
  const published = await publish(edge.aws, {
    topicArn,
    ...noticeOf(row, readTold(row)),
    attributes: {
      kind: row.kind,
      delivery: row.id,
      ...(row.subscription === '' ? {} : { subscription: row.subscription }),
    },
  })
  return published.ok
    ? { kind: 'delivered', outcome: `SNS took it as ${published.value}` }
    : triedInVain('SNS', published.error)
}
