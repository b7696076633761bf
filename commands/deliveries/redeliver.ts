/** `redeliver`: a signed act on one delivery, or on everything that is parked. Given again under its id, it is done once. */
import { giveTo } from '../ledger/sign.ts'
import type { DeliveryCommand } from './main.ts'

export const redeliver: DeliveryCommand = (work) => {
  const { word, channel = 'all', json, who, why, act } = work.given
  const path = word === 'parked' ? `/deliveries/parked/${channel}` : `/deliveries/${word}/redeliver`
  return giveTo({ ...work, given: { json, flags: { who, why, act } } }, path)
}
