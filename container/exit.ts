/** What a process of the container ends with: one table, which docs/container.md repeats and tests hold. No code with an effect. */

/**
 * By name, the exit code. A supervised application that was started ends with its own code, or 128 + the signal's number.
 * 77, 78, 69, 75 and 70 are taken from sysexits.h: no shell and no Node means another thing by them.
 */
export const EXIT = {
  /** The application ended well, or SIGTERM was obeyed. */
  ended: 0,
  /** The buyer's account is not entitled to the product. The application was never started. */
  notEntitled: 77,
  /** A setting, a role or a credential source is wrong, or the image is. The application was never started. */
  settings: 78,
  /** AWS Marketplace does not serve this platform or Region. The application was never started. */
  platform: 69,
  /** AWS could not be reached, or throttled, for 30 minutes. The application was never started. */
  unreachable: 75,
  /** Entitlement ended while the application ran, and the settings say that it then ends. */
  entitlementEnded: 76,
  /** A fault of our own. */
  fault: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Why the application is not started: one line for the platform team, whose move it is and what to do included. */
export interface Refusal {
  readonly exit: ExitCode
  /** Stable, for alarms: `not-entitled`, `static-keys`, `pod-identity`, `unknown-code` and such. */
  readonly code: string
  readonly message: string
}
