/** Who is using the service, as far as counting people needs it: a random name in a cookie, or one that an API client gives. Pure. */

const COOKIE = 'skillsmith_visitor'
/** What an API client sends in place of a cookie: one name for each of its users. */
export const HEADER = 'x-skillsmith-user'
const YEAR_SECONDS = 31_536_000
/** A UUID, or what the header may hold: no spaces, nothing that a log would mind. */
const NAME = /^[\w.@:-]{1,100}$/

/**
 * The visitor's name; undefined for the first request of a browser. A cookie counts when it is brought back: a program
 * that keeps none would be a new person at each request.
 */
export function visitorOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const given = headers[HEADER]
  if (typeof given === 'string' && NAME.test(given)) return given
  const cookie = headers['cookie']
  if (typeof cookie !== 'string') return undefined
  const pair = cookie.split(/;\s*/).find((each) => each.startsWith(`${COOKIE}=`))
  const name = pair?.slice(COOKIE.length + 1)
  return name !== undefined && NAME.test(name) ? name : undefined
}

/** The `Set-Cookie` that gives a browser its name. Not readable by scripts, not sent from other sites. */
export const cookieOf = (name: string): string =>
  `${COOKIE}=${name}; Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax`
