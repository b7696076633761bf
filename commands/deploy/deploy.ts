/** One deployment on one screen: what stands, what is refused, what is made, the version, its health, and the way back. */
import { hashOperatorKey, operatorKeyOf } from '../../shared/operator/key.ts'
import { findAddress } from './address.ts'
import { refusalOf } from './dropped.ts'
import { planLines } from './dry.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { writeFolder } from './folder.ts'
import { foreignOutputs, foreignWorker } from './foreign.ts'
import { lossOf } from './lost.ts'
import { ensureDatabase, ensureQueue } from './resources.ts'
import { goBack } from './rollback.ts'
import { needsSessionSecret, operatorKeyHashOf, settingsOf } from './settings.ts'
import { readSold, soldOf } from './sold.ts'
import { namesOf, readStanding } from './standing.ts'
import { upload } from './upload.ts'
import { wrongWith } from './verify.ts'
import type { Outcome, Work } from './work.ts'

export async function deploy(work: Work): Promise<Outcome> {
  const { given, outputs, seller, cloudflare, wrangler, migrations, clock, say, random } = work
  const { edge, metering } = outputs
  const { worker, ...names } = namesOf(given.stack)
  const foreign = foreignOutputs(work)
  if (foreign !== null) return { failed: foreign }

  const found = await readStanding(cloudflare, { worker, ...names })
  if (!found.ok) return { failed: found.error }
  const standing = found.value
  const { running } = standing
  say(running === null ? `${worker} is not deployed yet` : `${worker} runs version ${running.version}`)
  const taken = foreignWorker(running, given.stack, worker)
  if (taken !== null) return { failed: taken }
  const lost = given.newSessionSecret ? null : await lossOf(cloudflare, { worker, ...names }, standing)
  if (lost !== null) return { failed: lost }
  const place = await findAddress(cloudflare, edge.publicUrl, worker)
  if (!place.ok) return { failed: place.error }
  const address = place.value
  const sold = soldOf(seller)
  if (running !== null && readSold(running.vars['SOLD']) === undefined)
    say('what the running version sells is not written in it: what this deploy drops cannot be told')
  const { operatorKey: askingKey } = work
  const refused = await refusalOf(running, edge.publicUrl, { metering, sold, askingKey })
  if (refused !== null) return { failed: refused }

  const metered = running?.vars['METERING']
  if (metered !== undefined && metered !== metering)
    say(`metering: ${metered} until now, ${metering} from this version on`)

  const knownHash = given.newOperatorKey ? undefined : operatorKeyHashOf(running)
  const operatorKey = knownHash === undefined ? operatorKeyOf(random('base64url')) : undefined
  const deployKey = operatorKeyOf(random('base64url'))
  const made = {
    deployKeyHash: await hashOperatorKey(deployKey),
    operatorKeyHash: knownHash ?? (await hashOperatorKey(operatorKey ?? '')),
    sessionSecret: needsSessionSecret(running) ? random('base64') : null,
  }
  const { vars, secrets } = settingsOf(outputs, edge, sold, made, work.awsEndpoint)
  const bundle = await work.bundle()
  if (!bundle.ok) return { failed: failure(EXIT.usage, bundle.error) }
  say(`the Worker is bundled: ${Math.round(bundle.value.length / 1_000)} kB`)
  if (given.dryRun) {
    const newKey = operatorKey !== undefined
    const all = { names: { worker, ...names }, standing, address, vars, secrets, migrations, newKey }
    for (const line of planLines(all)) say(line)
    return {}
  }

  const database = await ensureDatabase(cloudflare, names.database, standing.database)
  if (!database.ok) return { failed: database.error }
  say(`D1 database ${names.database}: ${standing.database === null ? 'made' : 'found'}`)
  const queue = await ensureQueue(cloudflare, names.queue, standing.queue)
  if (!queue.ok) return { failed: queue.error }
  say(`queue ${names.queue}: ${standing.queue ? 'found' : 'made'}`)
  const parts = { account: cloudflare.account, databaseId: database.value, address, vars }
  writeFolder(work, { names: { worker, ...names }, ...parts }, bundle.value)
  const migrated = await wrangler.migrate(work.folder, names.database)
  if (!migrated.ok) return { failed: notMigrated(migrated.error) }
  const applied = migrated.value
  say(applied.length === 0 ? 'migrations: none to apply' : `migrations applied: ${applied.join(', ')}`)

  const { deployKeyHash } = made
  const uploaded = await upload(work, worker, running, { secrets, deployKeyHash, operatorKey })
  if (!uploaded.ok) {
    const { failed, keyMayHold } = uploaded.error
    return { failed, ...(keyMayHold && operatorKey !== undefined ? { operatorKey } : {}) }
  }
  const { version } = uploaded.value
  say(`version ${version} takes requests, with its settings and ${Object.keys(secrets).length} secrets`)
  const isFirst = running === null
  const why = await wrongWith(work, uploaded.value, { worker, address, deployKey, isFirst })
  if (why === null) return { version, ...(operatorKey === undefined ? {} : { operatorKey }) }

  if (running !== null) say(`it is not well: going back to version ${running.version}`)
  const fallen = { worker, publicUrl: edge.publicUrl, version, before: running, applied, why }
  const failed = await goBack(cloudflare, fallen, clock)
  if (operatorKey === undefined) return { failed }
  // With the version before, the key before is in force again.
  return failed.exit === EXIT.rolledBack ? { failed: keyBack(failed) } : { failed, operatorKey }
}

const notMigrated = (why: string): Failure =>
  failure(
    EXIT.stopped,
    `A migration failed, and nothing was deployed: ${why}. Those before it are applied and stay, the running version works with them; correct the one that failed and give the same command again.`,
  )

const keyBack = ({ exit, sentence }: Failure): Failure =>
  failure(exit, `${sentence} The operator key is the one from before: the new one ended with its version.`)
