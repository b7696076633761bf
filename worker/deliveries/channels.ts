/** Which channels a deployment has set up. Pure. */
import type { Channel } from '../../shared/deliveries.ts'
import type { Settings } from '../env.ts'

/** A channel without its setting is off: what is decided meanwhile is not told there later. */
export const channelsSetUp = (
  settings: Pick<Settings, 'webhookUrl' | 'techAdminTopicArn' | 'mailFrom'>,
): readonly Channel[] => {
  const { webhookUrl, techAdminTopicArn, mailFrom } = settings
  const all: readonly [Channel, string | undefined][] = [
    ['webhook', webhookUrl],
    ['sns', techAdminTopicArn],
    ['mail', mailFrom],
  ]
  return all.flatMap(([channel, setting]) => (setting === undefined ? [] : [channel]))
}
