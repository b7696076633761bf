/** A fault of our own: one line with where it happened, and exit 70. What was counted is on disk; the next start goes on with it. */
import { EXIT } from './exit.ts'

/** From now on what nobody caught ends the process. */
export function endOnFault(process: NodeJS.Process, write: (line: string) => void): void {
  process.on('uncaughtException', (thrown: unknown) => {
    const said = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    const line = said.replaceAll(/\s*\n\s*/g, ' | ')
    write(
      `tollgate: a fault of our own (exit ${EXIT.fault}): ${line}. Show this line to whoever built the image.\n`,
    )
    process.exit(EXIT.fault)
  })
}
