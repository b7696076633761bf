/** `npm run events`: its commands, put together. Nothing else. */
import { runTool, type ToolWork } from '../tool.ts'
import type { Outcome } from '../ledger/work.ts'
import { HELP, readGiven, type Given } from './given.ts'
import { replay } from './replay.ts'
import { list, show } from './see.ts'

/** What each command is given, and what it answers. */
export type EventCommand = (work: ToolWork<Given>) => Outcome

await runTool(
  { name: 'events', help: HELP, read: readGiven, commands: { list, show, replay } },
  process.argv.slice(2),
)
