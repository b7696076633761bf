/** One deployment on one screen: what stands, what is refused, what is made, the version, its health, and the way back. */
import { hashOperatorKey, operatorKeyOf } from '../../shared/operator/key.ts'
import { attachDomain, findAddress } from './address.ts'
import { refusalOf } from './dropped.ts'
import { planLines } from './dry.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { writeFolder } from './folder.ts'
import { awaitHealth } from './health.ts'
import { lossOf } from './lost.ts'
import { ensureDatabase, ensureQueue } from './resources.ts'
import { goBack } from './rollback.ts'
import { withSecretsFile } from './secrets-file.ts'
import { needsSessionSecret, operatorKeyHashOf, settingsOf } from './settings.ts'
import { smoke } from './smoke.ts'
import { soldOf } from './sold.ts'
import { namesOf, readRunning, readStanding } from './standing.ts'
import type { Outcome, Work } from './work.ts'

const FIRST_HEALTH_MS = 300_000
const LATER_HEALTH_MS = 120_000

export async function deploy(work: Work): Promise<Outcome> {
  const { given, outputs, seller, cloudflare, wrangler, clock, say, random } = work
  const { edge } = outputs
  const names = namesOf(given.stack)
  const foreign = foreignTo(work)
  if (foreign !== null) return { failed: foreign }

  const standing = await readStanding(cloudflare, names)
  if (!standing.ok) return { failed: standing.error }
  const { running } = standing.value
  say(
    running === null
      ? `${names.worker} is not deployed yet`
      : `${names.worker} runs version ${running.version}`,
  )
  const lost = given.newSessionSecret ? null : await lossOf(cloudflare, names, standing.value)
  if (lost !== null) return { failed: lost }
  const address = await findAddress(cloudflare, edge.publicUrl, names.worker)
  if (!address.ok) return { failed: address.error }
  const sold = soldOf(seller)
  const refused = await refusalOf(running, edge.publicUrl, {
    metering: outputs.metering,
    sold,
    stopMetering: given.stopMetering,
    operatorKey: work.operatorKey,
  })
  if (refused !== null) return { failed: refused }

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
    for (const line of planLines({
      names,
      standing: standing.value,
      address: address.value,
      vars,
      secrets,
      migrations: work.migrations,
      newKey: operatorKey !== undefined,
    }))
      say(line)
    return {}
  }

  const database = await ensureDatabase(cloudflare, names, standing.value)
  if (!database.ok) return { failed: database.error }
  say(`D1 database ${names.database}: ${standing.value.database === null ? 'made' : 'found'}`)
  const queue = await ensureQueue(cloudflare, names, standing.value)
  if (!queue.ok) return { failed: queue.error }
  say(`queue ${names.queue}: ${standing.value.queue ? 'found' : 'made'}`)
  writeFolder(
    work,
    { names, account: cloudflare.account, databaseId: database.value, address: address.value, vars },
    bundle.value,
  )
  const applied = await wrangler.migrate(work.folder, names.database)
  if (!applied.ok)
    return {
      failed: failure(
        EXIT.stopped,
        `A migration failed, and nothing was deployed: ${applied.error}. Those before it are applied and stay, the running version works with them; correct the one that failed and give the same command again.`,
      ),
    }
  say(
    applied.value.length === 0
      ? 'migrations: none to apply'
      : `migrations applied: ${applied.value.join(', ')}`,
  )

  work.onUpload(operatorKey)
  const uploaded = await withSecretsFile(secrets, (file) => wrangler.deploy(work.folder, file))
  const now = await readRunning(cloudflare, names.worker)
  const version = now.ok ? now.value?.version : undefined
  if (version === undefined || version === running?.version)
    return { failed: notUploaded(now.ok, uploaded.ok ? 'wrangler said that it is done' : uploaded.error) }
  say(`version ${version} takes requests, with its settings and ${Object.keys(secrets).length} secrets`)

  const wrong = await wrongWith(version)
  if (wrong === null) return { version, ...(operatorKey === undefined ? {} : { operatorKey }) }
  if (running !== null) say(`it is not well: going back to version ${running.version}`)
  const failed = await goBack(
    cloudflare,
    {
      worker: names.worker,
      publicUrl: edge.publicUrl,
      version,
      before: running,
      applied: applied.value,
      why: wrong,
    },
    clock,
  )
  if (operatorKey === undefined) return { failed }
  // With the version before, the key before is in force again.
  return failed.exit === EXIT.rolledBack ? { failed: keyBack(failed) } : { failed, operatorKey }

  /** What is wrong with the new version, in words; null: nothing. */
  async function wrongWith(version: string): Promise<string | null> {
    if (!uploaded.ok) return `Version ${version} took requests, and then wrangler failed: ${uploaded.error}`
    if (address.ok && address.value.kind === 'domain' && !address.value.attached) {
      const attached = await attachDomain(cloudflare, address.value, names.worker)
      if (!attached.ok) return withoutStop(attached.error.sentence)
      say(`custom domain ${address.value.host}: made`)
    }
    const limitMs =
      given.healthSeconds === undefined
        ? running === null
          ? FIRST_HEALTH_MS
          : LATER_HEALTH_MS
        : given.healthSeconds * 1_000
    const healthy = await awaitHealth(edge.publicUrl, version, limitMs, clock)
    if (!healthy.ok) return `Version ${version} did not become healthy: ${healthy.error}`
    say(`healthy: ${edge.publicUrl}/health says version ${version}`)
    const last = work.migrations.at(-1)
    const details = { metering: outputs.metering, ...(last === undefined ? {} : { database: last }) }
    const checked = await smoke(edge.publicUrl, { deployKey, landing: seller.landing, details }, clock)
    if (!checked.ok)
      return `Version ${version} is healthy and does not do its work: ${withoutStop(checked.error)}`
    say(`checked: ${checked.value.join(', ')}`)
    return null
  }
}

/** Outputs of another stack or another seller's account would deploy what bills the wrong one. */
function foreignTo({ given, outputs, seller }: Work): Failure | null {
  if (outputs.deployment !== given.stack)
    return failure(
      EXIT.refused,
      `The outputs are of the stack ${outputs.deployment}, not of ${given.stack}: give the outputs of the stack that --stack names.`,
    )
  if (outputs.account !== seller.seller.account)
    return failure(
      EXIT.refused,
      `The stack is in the AWS account ${outputs.account} and seller.config.ts sells from ${seller.seller.account}: correct the one that is wrong, then \`npm run up\`.`,
    )
  return null
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')

function notUploaded(isKnown: boolean, why: string): Failure {
  return isKnown
    ? failure(
        EXIT.stopped,
        `The upload failed, and what ran before runs on: ${why}. Correct what it names and give the same command again.`,
      )
    : failure(
        EXIT.stopped,
        `The upload failed (${why}), and Cloudflare does not say which version runs now: see \`npm run doctor\`, then give the same command again.`,
      )
}

const keyBack = ({ exit, sentence }: Failure): Failure =>
  failure(exit, `${sentence} The operator key is the one from before: the new one ended with its version.`)
