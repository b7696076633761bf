/** `replay`: a signed act on one stored event. Given again under its id, it is done once. */
import { giveTo } from '../ledger/sign.ts'
import type { EventCommand } from './main.ts'

export const replay: EventCommand = (work) => {
  const { word, json, who, why, act } = work.given
  return giveTo(
    { ...work, given: { json, flags: { who, why, act } } },
    `/events/${encodeURIComponent(word)}/replay`,
  )
}
