/** `npm run deliveries`: its commands, put together. Nothing else. */
import { runTool, type ToolWork } from '../tool.ts'
import type { Outcome } from '../ledger/work.ts'
import { HELP, readGiven, type Given } from './given.ts'
import { redeliver } from './redeliver.ts'
import { list, show } from './see.ts'

/** What each command is given, and what it answers. */
export type DeliveryCommand = (work: ToolWork<Given>) => Outcome

await runTool(
  { name: 'deliveries', help: HELP, read: readGiven, commands: { list, show, redeliver } },
  process.argv.slice(2),
)
