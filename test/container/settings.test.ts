/** The environment of a container: what is wrong is named together, and nothing of it is guessed. */
import { expect, test } from 'vitest'
import { readSettings, VARIABLES, type Settings } from '../../container/settings.ts'

const wrongIn = (env: Record<string, string>): readonly string[] => {
  const settings = readSettings(env)
  return settings.ok ? [] : settings.error
}

const KEY = 'k'.repeat(16)

test('without a variable of ours every setting has its default, and empty is not set', () => {
  const expected: Settings = {
    productCode: null,
    spool: null,
    port: 4780,
    stopMs: 25_000,
    onEntitlementEnd: 'continue',
    target: { kind: 'aws' },
    agent: { kind: 'none' },
    emf: false,
    logLevel: 'info',
  }
  const empty = Object.fromEntries(VARIABLES.map((name) => [name, ' ']))
  expect([readSettings({ AWS_REGION: 'us-east-1', PATH: '/bin' }), readSettings(empty)]).toEqual([
    { ok: true, value: expected },
    { ok: true, value: expected },
  ])
})

const TAKEN: readonly (readonly [env: Record<string, string>, expected: Partial<Settings>])[] = [
  [
    { TOLLGATE_PORT: '0', TOLLGATE_STOP_SECONDS: '110' },
    { port: 0, stopMs: 110_000 },
  ],
  [
    { TOLLGATE_EMF: 'on', TOLLGATE_LOG_LEVEL: 'debug' },
    { emf: true, logLevel: 'debug' },
  ],
  [{ TOLLGATE_SPOOL: '/data' }, { spool: '/data' }],
  [{ TOLLGATE_ON_ENTITLEMENT_END: 'stop' }, { onEntitlementEnd: 'stop' }],
  [{ TOLLGATE_AGENT: 'listen', TOLLGATE_AGENT_KEY: KEY }, { agent: { kind: 'listen', key: KEY } }],
  [
    { TOLLGATE_AGENT: 'http://agent:4780', TOLLGATE_AGENT_KEY: KEY },
    { agent: { kind: 'post', url: 'http://agent:4780', key: KEY } },
  ],
  [
    { TOLLGATE_TARGET: 'edge', TOLLGATE_EDGE_URL: 'https://edge.example.com', TOLLGATE_EDGE_KEY: KEY },
    { target: { kind: 'edge', url: 'https://edge.example.com', key: KEY, subscription: null } },
  ],
]

test.each(TAKEN)('%o is taken', (env, expected) => {
  expect(readSettings(env)).toMatchObject({ ok: true, value: expected })
})

const WRONG: readonly (readonly [env: Record<string, string>, line: string])[] = [
  [{ TOLLGATE_PROT: '1' }, 'TOLLGATE_PROT is not known: remove it, or write TOLLGATE_PORT'],
  [{ TOLLGATE_PORT: '65536' }, 'TOLLGATE_PORT must be a whole number from 0 to 65535'],
  [{ TOLLGATE_PORT: '1e3' }, 'TOLLGATE_PORT must be a whole number from 0 to 65535'],
  [{ TOLLGATE_STOP_SECONDS: '0' }, 'TOLLGATE_STOP_SECONDS must be a whole number from 1 to 3600'],
  [{ TOLLGATE_SPOOL: 'data' }, 'TOLLGATE_SPOOL must be the full path of a folder'],
  [{ TOLLGATE_EMF: 'yes' }, 'TOLLGATE_EMF must be off or on'],
  [
    { AWS_MARKETPLACE_PRODUCT_CODE: 'prod-x' },
    'AWS_MARKETPLACE_PRODUCT_CODE must be 25 lower-case letters and digits',
  ],
  [{ TOLLGATE_AGENT_KEY: KEY }, 'TOLLGATE_AGENT_KEY goes with TOLLGATE_AGENT: set that, or remove the key'],
  [
    { TOLLGATE_EDGE_URL: 'https://edge.example.com' },
    'TOLLGATE_EDGE_… goes with TOLLGATE_TARGET=edge: set that, or remove them',
  ],
  [
    { TOLLGATE_TARGET: 'edge', TOLLGATE_EDGE_URL: 'https://:word@edge.example.com', TOLLGATE_EDGE_KEY: KEY },
    'TOLLGATE_EDGE_URL must be the https address of the edge',
  ],
  [
    { TOLLGATE_TARGET: 'edge', TOLLGATE_EDGE_URL: 'http://edge.example.com', TOLLGATE_EDGE_KEY: KEY },
    'TOLLGATE_EDGE_URL must be the https address of the edge',
  ],
]

test.each(WRONG)('%o is refused with what to write', (env, line) => {
  expect(wrongIn(env)).toEqual([line])
})

test('everything that is wrong is said at once, and the value of a key never', () => {
  const wrong = wrongIn({
    TOLLGATE_PORT: 'x',
    TOLLGATE_TARGET: 'edge',
    TOLLGATE_EDGE_KEY: 'too-short',
    TOLLGATE_AGENT: 'listen',
    TOLLGATE_AGENT_KEY: 'short-too',
  })
  expect([wrong.length, wrong.join(' ').includes('short')]).toEqual([4, false])
})

test('what Kubernetes adds for a Service called tollgate or tollgate-agent is no setting', () => {
  const links = {
    TOLLGATE_SERVICE_HOST: '10.0.0.1',
    TOLLGATE_SERVICE_PORT: '80',
    TOLLGATE_SERVICE_PORT_HTTP: '80',
    TOLLGATE_PORT: 'tcp://10.0.0.1:80',
    TOLLGATE_PORT_80_TCP: 'tcp://10.0.0.1:80',
    TOLLGATE_PORT_80_TCP_ADDR: '10.0.0.1',
    TOLLGATE_AGENT_SERVICE_HOST: '10.0.0.2',
    TOLLGATE_AGENT_PORT: 'tcp://10.0.0.2:4780',
  }
  expect(readSettings(links)).toMatchObject({ ok: true, value: { port: 4780, agent: { kind: 'none' } } })
})
