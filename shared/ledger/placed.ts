/** Every counted hour has a price to be charged at (money §12), seen before anything of it is frozen. No I/O. */
import type { Hour } from '../hour.ts'
import { Broken } from './broken.ts'
import type { UsageByHour } from './counted.ts'
import { type Period, periodHolding } from './periods.ts'

/** Usage of a frozen hour that lies in no period would be charged nowhere. */
export function checkPlaced(periods: readonly Period[], usage: UsageByHour, until: Hour): void {
  for (const [meter, hours] of usage) {
    for (const [hour, amount] of hours) {
      if (hour < until && amount > 0n && periodHolding(periods, hour) === undefined)
        throw new Broken({
          rule: 'Every counted hour lies in a period',
          subject: `${meter} at ${new Date(hour).toISOString()}`,
          expected: 'a period',
          found: 'none',
        })
    }
  }
}
