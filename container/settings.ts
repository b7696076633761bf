/** The environment as settings, read once at the entry: all that is wrong is named together. Pure: the environment is handed in. */
import { err, ok, type Result } from '../shared/result.ts'

/** Variables by name, as `process.env` holds them. */
export type Env = Readonly<Record<string, string | undefined>>

export interface Settings {
  /** `AWS_MARKETPLACE_PRODUCT_CODE`; null: the image trusts one code only. */
  readonly productCode: string | null
  /** `TOLLGATE_SPOOL`; null: the default folder. */
  readonly spool: string | null
  /** `TOLLGATE_PORT`, on the loopback address; 0: any free one. */
  readonly port: number
  /** `TOLLGATE_STOP_SECONDS`: from SIGTERM to the end of the process. */
  readonly stopMs: number
  readonly onEntitlementEnd: 'continue' | 'stop'
  readonly target: Target
  readonly agent: Agent
  /** `TOLLGATE_EMF=on`: metrics are written to the log for CloudWatch. */
  readonly emf: boolean
  readonly logLevel: LogLevel
}

/** Where usage goes: to AWS by MeterUsage, or to the seller's own edge. */
export type Target =
  | { readonly kind: 'aws' }
  | {
      readonly kind: 'edge'
      readonly url: string
      readonly key: string
      /** `TOLLGATE_EDGE_SUBSCRIPTION`; null: each report names its own. */
      readonly subscription: string | null
    }

/** `metering: 'agent'`: this process is the cluster's agent, or posts to it. */
export type Agent =
  | { readonly kind: 'none' }
  | { readonly kind: 'listen'; readonly key: string }
  | { readonly kind: 'post'; readonly url: string; readonly key: string }

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const DEFAULT_PORT = 4780
/** Below the 30 s that ECS and Kubernetes give between SIGTERM and SIGKILL. */
export const DEFAULT_STOP_SECONDS = 25

/** Every variable of ours; `TOLLGATE_URL` and `TOLLGATE_TOKEN` are given to a supervised child and are not settings. */
export const VARIABLES = [
  'TOLLGATE_SPOOL',
  'TOLLGATE_PORT',
  'TOLLGATE_STOP_SECONDS',
  'TOLLGATE_ON_ENTITLEMENT_END',
  'TOLLGATE_TARGET',
  'TOLLGATE_EDGE_URL',
  'TOLLGATE_EDGE_KEY',
  'TOLLGATE_EDGE_SUBSCRIPTION',
  'TOLLGATE_EMF',
  'TOLLGATE_LOG_LEVEL',
  'TOLLGATE_AGENT',
  'TOLLGATE_AGENT_KEY',
] as const

type Variable = (typeof VARIABLES)[number]

const PRODUCT_CODE = /^[a-z0-9]{25}$/
/** A header takes it as it is. */
const KEY = /^[\x21-\x7e]{16,512}$/

/** The settings, or one sentence for each variable that is wrong. No sentence repeats the value of a key. */
export function readSettings(env: Env): Result<Settings, readonly string[]> {
  const wrong: string[] = []
  const said = (name: Variable): string | null => (isServiceLink(env, name) ? null : valueOf(env, name))

  for (const name of unknownVariables(env)) wrong.push(`${name} is not known: ${nearest(name)}`)

  const productCode = valueOf(env, 'AWS_MARKETPLACE_PRODUCT_CODE')
  if (productCode !== null && !PRODUCT_CODE.test(productCode))
    wrong.push('AWS_MARKETPLACE_PRODUCT_CODE must be 25 lower-case letters and digits')

  const spool = said('TOLLGATE_SPOOL')
  if (spool !== null && !spool.startsWith('/')) wrong.push('TOLLGATE_SPOOL must be the full path of a folder')

  const choice = <T extends string>(name: Variable, choices: readonly T[], otherwise: T): T => {
    const value = said(name)
    const chosen = choices.find((one) => one === value)
    if (value !== null && chosen === undefined) wrong.push(`${name} must be ${choices.join(' or ')}`)
    return chosen ?? otherwise
  }
  const whole = (name: Variable, least: number, most: number, otherwise: number): number => {
    const value = said(name)
    if (value === null) return otherwise
    const number = /^\d{1,6}$/.test(value) ? Number(value) : -1
    if (number >= least && number <= most) return number
    wrong.push(`${name} must be a whole number from ${least} to ${most}`)
    return otherwise
  }

  const settings: Settings = {
    productCode,
    spool,
    port: whole('TOLLGATE_PORT', 0, 65_535, DEFAULT_PORT),
    stopMs: whole('TOLLGATE_STOP_SECONDS', 1, 3_600, DEFAULT_STOP_SECONDS) * 1_000,
    onEntitlementEnd: choice('TOLLGATE_ON_ENTITLEMENT_END', ['continue', 'stop'], 'continue'),
    target: readTarget(said, choice('TOLLGATE_TARGET', ['aws', 'edge'], 'aws'), wrong),
    agent: readAgent(said, wrong),
    emf: choice('TOLLGATE_EMF', ['off', 'on'], 'off') === 'on',
    logLevel: choice('TOLLGATE_LOG_LEVEL', LOG_LEVELS, 'info'),
  }
  return wrong.length === 0 ? ok(settings) : err(wrong)
}

function readTarget(said: (name: Variable) => string | null, kind: 'aws' | 'edge', wrong: string[]): Target {
  const url = said('TOLLGATE_EDGE_URL')
  const key = said('TOLLGATE_EDGE_KEY')
  const subscription = said('TOLLGATE_EDGE_SUBSCRIPTION')
  if (kind === 'aws') {
    const stray = [url, key, subscription].some((value) => value !== null)
    if (stray) wrong.push('TOLLGATE_EDGE_… goes with TOLLGATE_TARGET=edge: set that, or remove them')
    return { kind }
  }
  if (url === null || !isUrl(url) || !keepsSecrets(url))
    wrong.push('TOLLGATE_EDGE_URL must be the https address of the edge')
  if (key === null || !KEY.test(key))
    wrong.push('TOLLGATE_EDGE_KEY must be an API key that the edge has given out')
  return { kind, url: url ?? '', key: key ?? '', subscription }
}

function readAgent(said: (name: Variable) => string | null, wrong: string[]): Agent {
  const agent = said('TOLLGATE_AGENT')
  const key = said('TOLLGATE_AGENT_KEY')
  if (agent === null) {
    if (key !== null) wrong.push('TOLLGATE_AGENT_KEY goes with TOLLGATE_AGENT: set that, or remove the key')
    return { kind: 'none' }
  }
  if (agent !== 'listen' && !isUrl(agent))
    wrong.push("TOLLGATE_AGENT must be listen, or the address of the cluster's agent")
  if (key === null || !KEY.test(key))
    wrong.push(
      'TOLLGATE_AGENT_KEY must be the same secret of 16 to 512 characters for the agent and all tasks',
    )
  return agent === 'listen'
    ? { kind: 'listen', key: key ?? '' }
    : { kind: 'post', url: agent, key: key ?? '' }
}

/** An empty variable is one that is not set: templates write it so. */
export function valueOf(env: Env, name: string): string | null {
  const value = Object.hasOwn(env, name) ? env[name]?.trim() : undefined
  return value === undefined || value === '' ? null : value
}

const GIVEN_TO_CHILDREN: readonly string[] = ['TOLLGATE_URL', 'TOLLGATE_TOKEN']

function unknownVariables(env: Env): readonly string[] {
  const known: readonly string[] = [...VARIABLES, ...GIVEN_TO_CHILDREN]
  return Object.keys(env).filter(
    (name) => name.startsWith('TOLLGATE_') && !known.includes(name) && !isServiceLink(env, name),
  )
}

/**
 * True for what Kubernetes adds by itself where the namespace has a Service called `tollgate` or `tollgate-agent`; of its
 * names only `TOLLGATE_PORT` is one of ours, and its value then is an address.
 * Source: kubernetes.io, Service, "Environment variables" (2026-11-21).
 */
function isServiceLink(env: Env, name: string): boolean {
  if (/_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name))
    return true
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(valueOf(env, name) ?? '')
}

/** What the writer most likely meant, by the letters both share. */
function nearest(name: string): string {
  const letters = new Set(name.slice('TOLLGATE_'.length))
  const shared = (known: string): number =>
    [...new Set(known.slice('TOLLGATE_'.length))].filter((letter) => letters.has(letter)).length -
    Math.abs(known.length - name.length)
  const best = VARIABLES.toSorted((a, b) => shared(b) - shared(a))[0]
  return `remove it, or write ${best}`
}

/** An address to speak HTTP to, without a user, a query or a fragment. */
function isUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '')
}

/** The key travels with each report: only https, or this machine itself. */
function keepsSecrets(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
}
