/** What every file in workerd begins with: nothing of the file that was there before it. */
import { reset } from 'cloudflare:test'
import { vi } from 'vitest'

vi.unstubAllGlobals()
vi.restoreAllMocks()
vi.useRealTimers()
await reset()
