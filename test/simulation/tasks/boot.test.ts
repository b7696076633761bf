/** A thousand tasks at once (G.2 fault 34): real start policy and checks, the machine's quotas, virtual time. */
import { expect, test } from 'vitest'
import { bootAll, BOOTS } from './boot.ts'

test.each(BOOTS)(
  'of 1,000 tasks that start at once and ask %s, all are up within 10 minutes, and none ends (G.2 fault 34)',
  async (boot) => {
    const { upMs, exits } = await bootAll(boot, 1_000, 1)
    expect(exits).toEqual([])
    expect(upMs).toHaveLength(1_000)
    expect(upMs.at(-1)).toBeLessThanOrEqual(10 * 60_000)
  },
)
