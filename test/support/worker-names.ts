/** Names of the Worker's platform, for the compiler alone: files of the Worker that Node's tests read mention them. */
import 'node:crypto'

declare module 'node:crypto' {
  namespace webcrypto {
    interface SubtleCrypto {
      timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean
    }
  }
}

declare global {
  interface D1Database {
    readonly prepare: (sql: string) => unknown
  }

  interface Queue<Message = unknown> {
    readonly send: (message: Message) => Promise<unknown>
  }

  interface Env {
    readonly DB: D1Database
    readonly LEDGER: object
    readonly SUBMITTER: object
    readonly AUDIT: object
    readonly IDENTITY: object
    readonly DELIVERIES: Queue
    readonly CF_VERSION_METADATA: { readonly id: string }
  }
}
