/** The container in development: business time is a stair that only the simulator's stepper moves. No logic. */
import { runInDevelopment } from './dev-entry.ts'
import { seller } from './seller.ts'

process.exit(await runInDevelopment(process, seller))
