/** `npm run simulate -- --impl sample`: prints the table of both, fault level by fault level or fault by fault. */
import { type Choice, FAULT_NAMES } from '../faults.ts'
import { compareSeeds, HEAD, lineOf } from './compare.ts'

/** What is compared when no fault is named. */
const LEVELS: readonly Choice[] = [{ level: 'none' }, { level: 'light' }, { level: 'heavy' }]

/** Faults that the model of the sample can meet: its job, its consumer, its clients and AWS. */
const MET = /^(client|aws|cron|crash|month-end|call-slow)/

export const SINGLE: readonly Choice[] = FAULT_NAMES.filter((name) => MET.test(name)).map((one) => ({ one }))

const nameOf = (choice: Choice): string => ('one' in choice ? `one:${choice.one}` : choice.level)

/** `null`: all three levels. Prints each pair of lines as soon as it is known. */
export async function sideBySide(
  first: number,
  seeds: number,
  choice: Choice | null,
  print: (line: string) => void,
): Promise<void> {
  for (const line of HEAD) print(line)
  for (const faults of choice === null ? LEVELS : [choice]) {
    const { sample, ours } = await compareSeeds(first, seeds, faults)
    print(lineOf(nameOf(faults), "AWS's sample, modelled", sample))
    print(lineOf(nameOf(faults), 'Tollgate', ours))
  }
}
