/** What a process of the container ends with: one table, which docs/container.md repeats and tests hold. No code with an effect. */

/**
 * By name, the exit code. A supervised application that was started ends with its own code, or 128 + the signal's number.
 * 77, 78, 69, 75 and 70 are taken from sysexits.h: no shell and no Node means another thing by them.
 */
export const EXIT = {
  /** The application ended well, or SIGTERM was obeyed. */
  ended: 0,
  /**
   * AWS says that the buyer's account has no right to the product, or nothing free for this task, or the answer was not AWS's. The
   * application was never started. Codes: `not-entitled`, `unauthorized`, `no-license`, `no-entitlements`, `bad-signature`.
   */
  notEntitled: 77,
  /**
   * A setting, a role or a credential source is wrong, or the image is; no restart changes it. The application was never started.
   * Codes without any call: `usage`, `wrong-settings`, `wrong-agent`, `no-product`, `no-code`, `unknown-code`, `free-code`,
   * `edge-target`, `static-keys`, `pod-identity`, `half-irsa`, `agentcore`, `no-metadata`, `no-credentials`, `port`, `no-spool`,
   * `no-token`, `no-pod`, `command`. After AWS's answer: `access-denied`, `trust-policy`, `product-code`, `public-key`, `dimension`,
   * `request`, `refused`, `spool`.
   */
  settings: 78,
  /**
   * AWS Marketplace does not serve this platform or Region. The application was never started. Codes: `platform-not-supported`,
   * `wrong-region`, `region-not-served`, `no-region`.
   */
  platform: 69,
  /**
   * For 30 minutes AWS could not be reached, throttled, failed, or gave no credentials; the platform may start it again. The
   * application was never started. Codes: `unreachable`, `throttled`, `aws-failed`, `credentials`, `clock-off`, `no-metadata`,
   * `spool-locked`, `agent-lives`.
   */
  unreachable: 75,
  /** Entitlement ended while the application ran, and the settings say that it then ends. */
  entitlementEnded: 76,
  /** A fault of our own, with its place in one line. What was counted is on disk, and the next start goes on with it. */
  fault: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The last line where the setting of 76 ended it. */
export const ENTITLEMENT_ENDED = `tollgate: ended (exit ${EXIT.entitlementEnded}, entitlement-ended): the entitlement ended, and TOLLGATE_ON_ENTITLEMENT_END is stop. Renew it in AWS Marketplace with this account, then start the task again.`

/** The last line of a start that is refused: one, whatever the environment, the platform or AWS wrote into it. */
export const refusalLine = ({
  exit,
  code,
  message,
}: Pick<Refusal, 'code' | 'message'> & { readonly exit: number }): string =>
  `tollgate: not started (exit ${exit}, ${code}): ${message.replaceAll(/[\s\p{Cc}]+/gu, ' ')}`

/** Why the application is not started: one line for the platform team, whose move it is and what to do included. */
export interface Refusal {
  readonly exit: ExitCode
  /** Stable, for alarms: `not-entitled`, `static-keys`, `pod-identity`, `unknown-code` and such. */
  readonly code: string
  readonly message: string
}
