/** What may be done to the simulated marketplace, and what each command answers. Types only. */
import type { Result } from '../../shared/result.ts'
import type { Knobs } from './knobs.ts'
import type { Act, Lived } from './life.ts'
import type { FaultKind } from './fault.ts'
import type { Delivered } from './happening.ts'
import type { Bought, Caller, Json, SimulatorView, Term } from './model.ts'
import type { PushAnswer } from './pushes.ts'
import type { ReceivedWebhook, Receiver } from './receiver.ts'
import type { ApiOperation } from './operations.ts'
import type { Launch, TaskState } from './task.ts'

export interface Subscribe {
  /** The product's own short name. */
  readonly product: string
  readonly account: string
  /** Contract products: what is bought ahead, and for how long. */
  readonly bought?: readonly Bought[]
  readonly term?: Term
  readonly autoRenew?: boolean
  readonly trial?: boolean
  /** For this purchase only; absent: the knob. 0: at once, before the registration. */
  readonly createdDelayMs?: number
  readonly licenseDelayMs?: number
  /** Future-dated: how long after its acceptance the agreement starts. Contracts only. */
  readonly startDelayMs?: number
  /** The license waits for the payment, or never comes. */
  readonly payment?: 'pending' | 'failed'
}

/** A call of an AWS API. `input` is the parsed body, not trusted; `bytes` its size on the wire, when there was one. */
export interface ApiCall {
  readonly operation: ApiOperation
  readonly caller: Caller
  readonly input: Json
  readonly bytes?: number
}

/** Each command's fields, by its kind. */
export interface Commands {
  /** Takes over what the config says now. Purchases keep their prices' product key; nothing bought is lost. */
  set_view: {
    readonly view: SimulatorView
    /** Gives each queue its dead-letter queue, where nobody said otherwise yet. */
    readonly deadLetters?: boolean
  }
  subscribe: Subscribe
  /** "Set up your account": a new registration token for an agreement that is not over. */
  visit: { readonly agreementId: string }
  /**
   * Ends an agreement. A buyer cannot end a contract before its term (facts §8): `by: 'seller'` can. `status` is
   * CANCELLED unless given.
   */
  cancel: {
    readonly agreementId: string
    readonly by: 'buyer' | 'seller'
    readonly status?: 'CANCELLED' | 'TERMINATED'
  }
  /** Changes what a contract has bought; in force with the License Updated that follows. */
  amend: { readonly agreementId: string; readonly bought?: readonly Bought[]; readonly autoRenew?: boolean }
  /** A new agreement in the place of a contract's old one, which ends as RENEWED. */
  renew: { readonly agreementId: string }
  /** What happens to a purchase later: every life of facts §8. */
  live: { readonly agreementId: string; readonly act: Act }
  /** Everything due at the business time happens and goes into the queue, in the order of (due, sequence). */
  release_due: {}
  api: ApiCall
  set_fault: {
    readonly fault: FaultKind
    readonly on: string
    readonly count?: number
    readonly probability?: number
  }
  /** Whether events are pushed to an API destination beside the queue. */
  set_pushing: { readonly on: boolean }
  /** What came of an attempt to push. */
  push_done: { readonly id: string; readonly answer: PushAnswer }
  /** How the seller's application behaves from now on, and which secrets it knows. */
  set_receiver: { readonly change: Partial<Receiver> }
  receive_webhook: { readonly webhook: Omit<ReceivedWebhook, 'at'> }
  /** Asks for a task of a buyer's account; who runs processes takes it up. `region`: us-east-1 unless given. */
  run_task: {
    readonly account: string
    readonly launch: Launch
    /** The product's own short name. */
    readonly product?: string
    readonly region?: string
  }
  stop_task: { readonly id: string }
  /** The container ends and another is started in the same task. */
  restart_task: { readonly id: string }
  /** What became of it, by who runs it. `participant`: the base URL of its development routes. */
  task_reported: {
    readonly id: string
    readonly state: TaskState
    readonly exitCode?: number
    readonly reason?: string
    readonly url?: string
    readonly participant?: string
  }
  /** AWS gives a container product a new public key. */
  rotate_key: { readonly product: string }
  /** A private key of the simulator's own, as PEM. The first of a name stays. */
  keep_signing_key: { readonly name: string; readonly pem: string }
  /** All, or one. */
  clear_faults: { readonly id?: string }
  set_knobs: { readonly knobs: Partial<Knobs> }
  /** Epoch ms. Going back changes nothing. */
  set_business_time: { readonly now: number }
}

export type CommandKind = keyof Commands
export type CommandOf<K extends CommandKind> = { readonly kind: K } & Commands[K]
export type Command = { [K in CommandKind]: CommandOf<K> }[CommandKind]

/** Why a person's command was not carried out: what happened and what to do, in one sentence or two. */
export interface Refusal {
  readonly kind:
    | 'unknown_product'
    | 'unknown_account'
    | 'unknown_agreement'
    | 'unknown_task'
    | 'not_possible'
    | 'bad_input'
  readonly message: string
}

/** What the marketplace makes the buyer's browser POST to the seller's landing page. */
export interface Arrival {
  readonly agreementId: string
  readonly token: string
  /** Form fields, in order: `x-amzn-marketplace-token`, and for a trial `x-amzn-marketplace-offer-type`. */
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

/**
 * The answer to an API call. `reply: 'cut'`: the connection is to be closed without a word. `code` is AWS's name for
 * the failure; the service's door makes it the wire's shape.
 */
export type ApiAnswer =
  | { readonly ok: true; readonly body: Json; readonly reply: 'sent' | 'cut' }
  | {
      readonly ok: false
      readonly status: number
      readonly code: string
      readonly message: string
      /** What the exception's model has beside the message. */
      readonly more?: { readonly [name: string]: Json }
      readonly reply: 'sent' | 'cut'
    }

export interface Answers {
  set_view: Result<null, Refusal>
  subscribe: Result<Arrival, Refusal>
  visit: Result<Arrival, Refusal>
  cancel: Result<{ readonly endsAt: number }, Refusal>
  amend: Result<null, Refusal>
  renew: Result<{ readonly agreementId: string }, Refusal>
  live: Result<Lived, Refusal>
  /** The events put into the queue, in order. */
  release_due: readonly Delivered[]
  api: ApiAnswer
  set_pushing: null
  push_done: { readonly outcome: 'delivered' | 'again' | 'dropped' }
  set_receiver: Result<Receiver, Refusal>
  receive_webhook: null
  run_task: Result<{ readonly id: string }, Refusal>
  stop_task: Result<null, Refusal>
  restart_task: Result<null, Refusal>
  task_reported: Result<null, Refusal>
  rotate_key: Result<{ readonly version: number }, Refusal>
  /** The key that is kept under the name. */
  keep_signing_key: { readonly pem: string }
  set_fault: Result<{ readonly id: string }, Refusal>
  clear_faults: { readonly cleared: number }
  set_knobs: Result<Knobs, Refusal>
  set_business_time: { readonly business: number }
}

/**
 * What came of a command. `changed` is false when the state is as it was but for its quotas: such a command need not
 * be kept. A refusal leaves the state unchanged.
 */
export interface Outcome<K extends CommandKind = CommandKind> {
  readonly answer: Answers[K]
  readonly changed: boolean
}
