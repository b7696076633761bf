/**
 * AWS for the production image, which takes no address of AWS from anybody: our simulator behind TLS, under AWS's own names,
 * which the containers' hosts file leads to this machine, signed by a CA made on the spot that they are told to trust.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createServer } from 'node:tls'
import { type Ground, ROOT } from './machine.ts'

/** An address of this machine that nothing else listens on at 443. */
const ADDRESS = '127.0.0.31'
const NAMES = ['metering.marketplace', 'license-manager', 'sts'].map(
  (name) => `${name}.us-east-1.amazonaws.com`,
)

export const ACCOUNT = '111122223333'

export interface RunTask {
  readonly id: string
  readonly env: Readonly<Record<string, string>>
}

export interface Bill {
  readonly lines: readonly { readonly dimension: string; readonly quantity: number; readonly hour: number }[]
}

export interface Aws {
  /** What a container has to be told to find it: names and the CA. */
  readonly flags: readonly string[]
  /** Names that lead to nobody. */
  readonly deadFlags: readonly string[]
  subscribe(account: string): Promise<void>
  runTask(account: string): Promise<RunTask>
  bill(account: string): Promise<Bill>
  close(): void
}

export async function openAws(ground: Ground): Promise<Aws> {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'simulator', 'main.ts'),
      '--die-with-parent',
      '--port=0',
      `--state=${join(ground.folder, 'simulator')}`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  )
  const url = await new Promise<string>((listening, reject) => {
    child.once('exit', (code) => reject(new Error(`the simulator ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"listening"')) listening((JSON.parse(line) as { url: string }).url)
    })
  })
  const { port } = new URL(url)

  const ca = await certify(ground)
  const server = createServer(
    { key: readFileSync(join(ground.folder, 'aws.key')), cert: readFileSync(join(ground.folder, 'aws.pem')) },
    (secure) => {
      const plain = connect(Number(port), '127.0.0.1')
      secure.pipe(plain).pipe(secure)
      for (const end of [secure, plain])
        end.on('error', () => [secure, plain].forEach((one) => one.destroy()))
    },
  )
  await new Promise<void>((done, reject) => server.once('error', reject).listen(443, ADDRESS, done))

  const call = async (path: string, body?: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await fetch(`${url}${path}`, sent)
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }
  const trust = [
    '--volume',
    `${ca}:/etc/stand-in-ca.pem:ro`,
    '--env',
    'NODE_EXTRA_CA_CERTS=/etc/stand-in-ca.pem',
  ]
  const hosts = (address: string) => NAMES.flatMap((name) => ['--add-host', `${name}:${address}`])
  return {
    flags: [...trust, ...hosts(ADDRESS)],
    deadFlags: [...trust, ...hosts('127.0.0.32')],
    subscribe: async (account) => {
      await call('/api/subscriptions', {
        product: 'container',
        account,
        licenseDelay: 'PT0S',
        createdDelay: 'PT0S',
      })
      await call('/clock', { advance: 'PT1S' })
    },
    runTask: async (account) =>
      (await call('/tasks', { account, launch: 'ecs', product: 'container' })) as RunTask,
    bill: async (account) => (await call(`/api/bill?account=${account}&product=container`)) as Bill,
    close: () => {
      server.close()
      child.stdin.end()
    },
  }
}

/** A CA and a certificate for AWS's names, for two days. Answers the CA's file. */
async function certify({ folder, must }: Ground): Promise<string> {
  const at = (name: string): string => join(folder, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await must(
    'openssl',
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Stand-in',
  )
  await must('openssl', 'req', ...key, '-keyout', at('aws.key'), '-out', at('aws.csr'), '-subj', '/CN=aws')
  writeFileSync(at('aws.ext'), `subjectAltName=${NAMES.map((name) => `DNS:${name}`).join(',')}\n`)
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('aws.ext')]
  await must('openssl', 'x509', '-req', '-in', at('aws.csr'), ...signed, '-out', at('aws.pem'), '-days', '2')
  return at('ca.pem')
}
