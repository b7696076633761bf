/** By what marks Cloudflare itself, and not the Worker, is seen to have answered, and how it is taken out of AWS's way. Pure. */

/** An answer over http as it came, redirects not followed. */
export interface Answer {
  readonly status: number
  /** One header's value by its lower-case name; null: it is not there. */
  readonly header: (name: string) => string | null
  /** The first kilobytes are enough. */
  readonly body: string
}

/** What stands before the Worker. */
export type Mark = 'access' | 'challenge' | 'signature' | 'rule'

/** One thing that can stand before the Worker: how it is known, what it is called and what is to be done. */
interface Row {
  readonly mark: Mark
  readonly seen: (answer: Answer) => boolean
  /** After "… is answered by". */
  readonly what: string
  /** Whose move it is and what to do. */
  readonly remedy: string
}

/**
 * In the order in which they are looked for. Sources: Cloudflare, "Detect a Challenge Page response" (`cf-mitigated`);
 * "Cloudflare 1xxx errors" (1010, 1020); Access redirects who is not signed in to the team's domain (2026-11-22).
 */
const MARKS: readonly Row[] = [
  {
    mark: 'access',
    seen: ({ status, header }) =>
      status >= 300 &&
      status < 400 &&
      /^https:\/\/[^/]*\.cloudflareaccess\.com\//.test(header('location') ?? ''),
    what: 'the sign-in of Cloudflare Access',
    remedy:
      'Yours: in Zero Trust, Access, Applications, let the application cover the path /console only; AWS, buyers and your application cannot sign in',
  },
  {
    mark: 'challenge',
    seen: ({ header, body }) =>
      header('cf-mitigated')?.toLowerCase() === 'challenge' || /<title>Just a moment/i.test(body),
    what: 'a challenge (Bot Fight Mode, Under Attack Mode or a WAF rule)',
    remedy:
      'Yours: in the zone, Security, switch Bot Fight Mode and Under Attack Mode off, or add a WAF rule that skips them for this host name; AWS solves no challenge',
  },
  {
    mark: 'signature',
    seen: (answer) => hasCode(answer, 1010),
    what: "Cloudflare's Browser Integrity Check (error 1010)",
    remedy: 'Yours: in the zone, Security, Settings, switch Browser Integrity Check off for this host name',
  },
  {
    mark: 'rule',
    seen: (answer) => hasCode(answer, 1020),
    what: 'a firewall rule of the zone (error 1020)',
    remedy:
      'Yours: in the zone, Security, Events, find the rule that blocked the call and except this host name from it',
  },
]

const hasCode = ({ status, body }: Answer, code: number): boolean =>
  status === 403 &&
  new RegExp(`\\berror(?:\\s+code)?:?\\s*${code}\\b|cf-error-code">\\s*${code}\\b`, 'i').test(body)

/** What of Cloudflare's answered in the Worker's place; null: none of its marks is there. */
export function markOf(answer: Answer): Mark | null {
  return MARKS.find(({ seen }) => seen(answer))?.mark ?? null
}

/** What answered, and whose move it is and what to do. */
export function aboutMark(mark: Mark): Pick<Row, 'what' | 'remedy'> {
  return MARKS.find((one) => one.mark === mark) ?? { what: mark, remedy: '' }
}

/** The sentence about an address that Cloudflare answered: what happened, whose move it is, what to do. */
export function describeMark(url: string, mark: Mark): string {
  const { what, remedy } = aboutMark(mark)
  return `${url} is answered by ${what}. ${remedy}.`
}
