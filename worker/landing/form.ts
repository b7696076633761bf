/** The registration form: which fields, and what may stand in them. Pure. */
import { err, ok, type Result } from '../../shared/result.ts'
import type { RegistrationField } from '../../shared/seller.ts'

/** Source: RFC 5321 §4.5.3.1.3, a path of 256 octets with its brackets. */
const EMAIL_MAX = 254
const TEXT_MAX = 200

/** What was typed, by field, trimmed. `email` is always there. */
export interface Registration {
  readonly email: string
  readonly fields: Readonly<Record<string, string>>
}

/** What was typed and, by field, a sentence that says how to put it right. */
export interface FormProblem {
  readonly values: ReadonlyMap<string, string>
  readonly errors: ReadonlyMap<string, string>
}

const EMAIL: RegistrationField = {
  key: 'email',
  label: 'E-mail',
  type: 'email',
  required: true,
  autocomplete: 'email',
}

/** The fields of the page in order. E-mail is asked whatever the config says (AWS requires it: facts §1.4). */
export const formFields = (configured: readonly RegistrationField[]): readonly RegistrationField[] =>
  configured.some((field) => field.key === 'email')
    ? configured.map((field) => (field.key === 'email' ? { ...field, type: 'email', required: true } : field))
    : [EMAIL, ...configured]

/** Checks what was posted. Fields nobody asked for are ignored; a field given twice counts once, the first. */
export function readRegistration(
  posted: URLSearchParams,
  fields: readonly RegistrationField[],
): Result<Registration, FormProblem> {
  const values = new Map<string, string>()
  const errors = new Map<string, string>()
  for (const field of fields) {
    const value = (posted.get(field.key) ?? '').trim()
    values.set(field.key, value)
    const error = errorOf(field, value)
    if (error !== undefined) errors.set(field.key, error)
  }
  if (errors.size > 0) return err({ values, errors })

  const email = values.get('email') ?? ''
  values.delete('email')
  return ok({ email, fields: Object.fromEntries([...values].filter(([, value]) => value !== '')) })
}

function errorOf(field: RegistrationField, value: string): string | undefined {
  if (value === '') return field.required ? MISSING[field.type] : undefined
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) || !value.isWellFormed())
    return 'Use one line of ordinary characters.'
  if (field.type === 'email') {
    if (value.length > EMAIL_MAX) return `Use an e-mail address of at most ${EMAIL_MAX} characters.`
    if (!isEmail(value)) return 'Enter an e-mail address such as name@example.com.'
  }
  if (value.length > TEXT_MAX) return `Use at most ${TEXT_MAX} characters.`
  if (field.type === 'tel' && !/^[+\d][\d\s().\-/]{3,39}$/.test(value)) {
    return 'Enter a telephone number such as +1 555 0100.'
  }
  return undefined
}

/**
 * Deliverable in form; internationalised names and domains included, characters nobody sees not: they make one address
 * look like another. Whether anyone reads it, only a mail can tell.
 */
function isEmail(text: string): boolean {
  const [, local = '', domain = ''] = /^([^\s@<>"(),:;\\[\]]{1,64})@([^\s@]+)$/u.exec(text) ?? []
  const labels = domain.split('.')
  return (
    local !== '' &&
    labels.length > 1 &&
    labels.every((label) => LABEL.test(label)) &&
    !local.includes('..') &&
    !/\p{Cf}/u.test(local)
  )
}

/** Of a domain: letters and digits of any script, hyphens inside. Source: RFC 5891 §4.2.3. */
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u

const MISSING: Readonly<Record<RegistrationField['type'], string>> = {
  email: 'Enter your e-mail address.',
  tel: 'Enter a telephone number.',
  text: 'Please fill this in.',
}
