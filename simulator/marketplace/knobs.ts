/** The knobs: what AWS leaves open or may change, and what we take it to be. No code with an effect. */

const HOUR_MS = 3_600_000

export type Check = 'timestamp' | 'license' | 'dimension' | 'allocation'

/** What AWS leaves open or may change. `newState` has the defaults (`DEFAULT_KNOBS`). */
export interface Knobs {
  /** What an identical record, sent again, is answered with. Docs: Success. AWS's skill: DuplicateRecord. */
  readonly identicalRetry: 'Success' | 'DuplicateRecord'
  /** How ResolveCustomer says that a license product has no CustomerIdentifier. */
  readonly customerIdentifier: 'absent' | 'null' | 'empty'
  /** What a request with both ProductCode and LicenseArn meets; `billed_twice`: a second record under the product. */
  readonly mixing: 'InvalidProductCodeException' | 'InvalidLicenseException' | 'billed_twice'
  /** Usage stamped outside the license's life: refused, or taken. */
  readonly activationPeriod: 'InvalidLicenseException' | 'taken'
  /** How long a registration token lives: 4 h, or the 1 h the same page also says. */
  readonly tokenLifeMs: number
  /** The order in which BatchMeterUsage checks a batch. */
  readonly checks: readonly Check[]
  /** How far in the future a record's timestamp may lie. */
  readonly futureToleranceMs: number
  /** From acceptance to Purchase Agreement Created. */
  readonly createdDelayMs: number
  /** From acceptance to License Updated. 0: before the buyer's browser is sent on. */
  readonly licenseDelayMs: number
  /** From the cancellation to Purchase Agreement Ended. */
  readonly endedDelayMs: number
  /** From Purchase Agreement Ended to License Deprovisioned. */
  readonly deprovisionedDelayMs: number
  /** Who the seller is to the events: `Manufacturer` where a channel partner proposes. */
  readonly sellerRole: 'Proposer' | 'Manufacturer'
  /** What becomes of a trial that is converted: replaced by the paid agreement, as in AWS's own example, or ended. */
  readonly convertedTrial: 'REPLACED' | 'CANCELLED' | 'EXPIRED'
  /** Whether the license a successor does not keep is told of by License Deprovisioned. */
  readonly oldLicense: 'silent' | 'deprovisioned'
  /** Whether calls a second are counted. `off`: for moving through months, in which a second of wall time holds many hours. */
  readonly quotas: 'enforced' | 'off'
  /** Whether Purchase Agreement Ending is told of, 180, 120, 90, 60 and 30 days before the end. */
  readonly endingEvents: 'off' | 'on'
  /** Whether a listing of entitlements begins with an empty page and a NextToken, as AWS's may. */
  readonly emptyPage: 'none' | 'first'
  /** How a legacy message writes its customer-identifier: the docs print a space before it. */
  readonly legacyIdentifier: 'plain' | 'spaced'
  /** Whether a renewal keeps its LicenseArn. */
  readonly renewedLicense: 'same' | 'new'
  /** What MeterUsage with DryRun says to a task whose account has not subscribed. */
  readonly dryRunRefusal: 'CustomerNotEntitledException' | 'UnauthorizedException'
  /** How early a task's usage may be stamped: at its start, or at the start of that hour. */
  readonly taskStart: 'second' | 'hour'
  /** What CheckoutLicense says where no license of the product was granted. The model has both. */
  readonly noLicense: 'NoEntitlementsAllowedException' | 'ResourceNotFoundException'
  /** Of several quantities asked for, one that is not free: all are refused, or it is left out. */
  readonly scarceCheckout: 'refused' | 'left_out'
  /** How long a ClientToken of CheckoutLicense is answered with the same checkout. */
  readonly checkoutMemoryMs: number
  /** Whether a lease that is extended keeps its LicenseConsumptionToken. */
  readonly extendedToken: 'same' | 'new'
  /** How a lease's instants end: the model asks for a zone, the guide's example has none. */
  readonly leaseZone: 'Z' | 'none'
  /** How long a task's or node's credentials live, by wall time. */
  readonly credentialsLifeMs: number
  /** How RegisterUsage's JWT names its claims; in camelCase it has `iat` too. */
  readonly registerClaims: 'camelCase' | 'PascalCase'
  /** The size of the key that signs it. The one in AWS's documentation has 1024 bits. */
  readonly registerKeyBits: '1024' | '2048' | '3072' | '4096'
}

/** What AWS's own pages say, where they say it; else the reading of facts §9.4. */
export const DEFAULT_KNOBS: Knobs = {
  identicalRetry: 'Success',
  customerIdentifier: 'absent',
  mixing: 'InvalidProductCodeException',
  activationPeriod: 'InvalidLicenseException',
  tokenLifeMs: 4 * HOUR_MS,
  checks: ['timestamp', 'license', 'dimension', 'allocation'],
  futureToleranceMs: 5 * 60_000,
  createdDelayMs: 11_000,
  licenseDelayMs: 72_000,
  endedDelayMs: 0,
  deprovisionedDelayMs: 31_000,
  sellerRole: 'Proposer',
  convertedTrial: 'REPLACED',
  oldLicense: 'silent',
  quotas: 'enforced',
  endingEvents: 'off',
  emptyPage: 'none',
  legacyIdentifier: 'plain',
  renewedLicense: 'same',
  dryRunRefusal: 'CustomerNotEntitledException',
  taskStart: 'second',
  noLicense: 'NoEntitlementsAllowedException',
  scarceCheckout: 'refused',
  checkoutMemoryMs: 24 * HOUR_MS,
  extendedToken: 'same',
  leaseZone: 'Z',
  credentialsLifeMs: 6 * HOUR_MS,
  registerClaims: 'camelCase',
  registerKeyBits: '2048',
}
