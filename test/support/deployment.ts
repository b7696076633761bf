/** A deployment without processes: the steps themselves, Cloudflare's API and the public name at the wire, a clock that jumps. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCloudflare } from '../../commands/deploy/cloudflare.ts'
import { deploy } from '../../commands/deploy/deploy.ts'
import type { Outcome, Work } from '../../commands/deploy/work.ts'
import { readWorkerConfig } from '../../commands/start/worker.ts'
import config from '../../seller.config.ts'
import { ok } from '../../shared/result.ts'
import { outputsOf } from './cloudflare/aws.ts'
import { type WireHost, wireHost } from './cloudflare/wire-host.ts'
import { wireWrangler } from './cloudflare/wire-wrangler.ts'
import { ACCOUNT, type StandIn, startCloudflare } from './cloudflare.ts'
import { ROOT } from './repository.ts'

export const MIGRATIONS = ['0000_init.sql', '0001_open_records_pages.sql'] as const

export interface Deployment {
  readonly host: WireHost
  readonly cloudflare: StandIn
  /** What was printed until now. */
  readonly lines: string[]
  /** Uploads that were begun. */
  uploads(): number
  /** Time that passed, in ms, all of it in pauses. */
  passed(): number
  /** A deploy with these parts in place of what a dry stack `prod` gives. */
  run(changed?: Changed): Promise<Outcome>
  close(): Promise<void>
}

export interface Changed {
  readonly given?: Partial<Work['given']>
  readonly outputs?: Partial<Work['outputs']>
  readonly edge?: Partial<Work['outputs']['edge']>
  readonly seller?: Work['seller']
  readonly operatorKey?: string
  readonly token?: string
}

export async function openDeployment(): Promise<Deployment> {
  const host = await wireHost()
  const cloudflare = await startCloudflare(host)
  const scratch = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
  const worker = readWorkerConfig(ROOT)
  if (!worker.ok) throw new Error(worker.error)
  const lines: string[] = []
  let now = 0
  let drawn = 0
  let uploads = 0
  const clock = { now: () => now, pause: async (ms: number) => void (now += ms) }
  const outputs = outputsOf({ publicUrl: host.publicUrl, stack: 'prod' })

  return {
    host,
    cloudflare,
    lines,
    uploads: () => uploads,
    passed: () => now,
    run({ given, outputs: other, edge, seller = config, operatorKey, token = cloudflare.token } = {}) {
      const { base } = cloudflare
      return deploy({
        given: {
          stack: 'prod',
          outputs: undefined,
          dryRun: false,
          newOperatorKey: false,
          newSessionSecret: false,
          healthSeconds: undefined,
          ...given,
        },
        outputs: { ...outputs, ...other, edge: { ...outputs.edge, ...edge } },
        seller,
        cloudflare: openCloudflare({ base, token, account: ACCOUNT, pause: clock.pause }),
        wrangler: wireWrangler(base, token, MIGRATIONS),
        config: { ...worker.value },
        migrations: MIGRATIONS,
        bundle: async () => ok('export default {}'),
        folder: join(scratch, 'deploy'),
        migrationsFolder: join(ROOT, 'worker', 'db', 'migrations'),
        clock,
        random: (form) => createHash('sha256').update(`random ${drawn++}`).digest(form),
        operatorKey,
        awsEndpoint: undefined,
        say: (line) => void lines.push(line),
        onUpload: () => void uploads++,
      })
    },
    async close() {
      await cloudflare.close()
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}
