/** `npm run feedback`: its commands, put together. Nothing else. */
import { runTool } from '../tool.ts'
import { HELP, readGiven } from './given.ts'
import { list } from './list.ts'

await runTool({ name: 'feedback', help: HELP, read: readGiven, commands: { list } }, process.argv.slice(2))
