/** What is decided before anything is asked of anyone: settings, the product, whose credentials. Pure: no network, no disk, no clock. */
import { err, ok, type Result } from '../shared/result.ts'
import type { ContainerProductView, ContainerView } from '../shared/seller/views.ts'
import { EXIT, type Refusal } from './exit.ts'
import { findSource, type CredentialSource } from './platform/source.ts'
import { readSettings, type Env, type Settings } from './settings.ts'
import { chooseProduct } from './trust.ts'

/** How this process starts. */
export interface Start {
  readonly settings: Settings
  /** Null: the seller's own service (`TOLLGATE_TARGET=edge`). */
  readonly product: ContainerProductView | null
  /** Null: nothing is asked of AWS (free, BYOL, edge). */
  readonly source: CredentialSource | null
  readonly env: Env
}

/** How this process starts, or the one line why it does not (exit 78). No network call has been made. */
export function readStart(env: Env, seller: ContainerView): Result<Start, Refusal> {
  const settings = readSettings(env)
  if (!settings.ok) {
    const wrong = settings.error.join('; ')
    return err({
      exit: EXIT.settings,
      code: 'wrong-settings',
      message: `The settings are wrong: ${wrong}. Correct the environment of the task, and start it again.`,
    })
  }
  const product = chooseProduct(seller, settings.value)
  if (!product.ok) return product
  const agent = checkAgent(product.value, settings.value)
  if (agent !== null) return err({ exit: EXIT.settings, code: 'wrong-agent', message: agent })
  if (product.value === null || product.value.pricing === 'free' || product.value.pricing === 'byol')
    return ok({ settings: settings.value, product: product.value, source: null, env })
  const source = findSource(env)
  if (!source.ok) return source
  return ok({ settings: settings.value, product: product.value, source: source.value, env })
}

/** One line, or null. Without this rule a buyer could send the usage of a paid task to an agent of their own. */
function checkAgent(product: ContainerProductView | null, { agent }: Settings): string | null {
  const wanted = product?.metering === 'agent'
  if (wanted && agent.kind === 'none')
    return `${product.title} is metered by one agent for each cluster: set TOLLGATE_AGENT to its address, or to listen where this container is the agent, and TOLLGATE_AGENT_KEY.`
  if (!wanted && agent.kind !== 'none')
    return 'TOLLGATE_AGENT is set, and each task of this product reports its own usage: remove TOLLGATE_AGENT and TOLLGATE_AGENT_KEY.'
  return null
}
