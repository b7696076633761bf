/** The person who registered, read when something is sent: whoever was erased gets nothing and stands in nothing. */
import { objectOf } from '../../shared/aws/json.ts'

export interface Contact {
  readonly email: string
  /** The other fields of the form, by key. */
  readonly fields: object
}

/** True when whoever registered was erased, and nobody has registered since. */
export async function isErased(db: D1Database, subscription: string): Promise<boolean> {
  const row = await db
    .prepare('SELECT 1 FROM subscriptions WHERE id = ? AND erased_ms IS NOT NULL')
    .bind(subscription)
    .first()
  return row !== null
}

/** Undefined: nobody has registered, or the contact was erased. */
export async function readContact(db: D1Database, subscription: string): Promise<Contact | undefined> {
  const row = await db
    .prepare('SELECT email, fields FROM contacts WHERE subscription = ?')
    .bind(subscription)
    .first<{ email: string; fields: string }>()
  return row === null ? undefined : { email: row.email, fields: objectOf(JSON.parse(row.fields)) ?? {} }
}
