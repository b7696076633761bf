/** The form of a product, its dimensions and their charges, each with its remedy and an example. Pure. */
import { allowances, amountPer, dimensionKey, https, key, level, limits } from './field-forms.ts'
import {
  decimal,
  either,
  flag,
  integer,
  isRecord,
  list,
  oneOf,
  optional,
  pattern,
  record,
  text,
  type Check,
} from './shape.ts'

/** Source: facts, aws-seller §4.2, units of the Catalog API (2026-11-21). */
export const AWS_UNITS = [
  'GB',
  'Gbps',
  'HostHrs',
  'Hosts',
  'MB',
  'Mbps',
  'Requests',
  'TaskHrs',
  'TB',
  'TierHrs',
  'UnitHrs',
  'Units',
  'UserHrs',
  'Users',
] as const

const includedAmount = optional(either((value) => (value === 'plan' ? () => undefined : amountPer)))
const includedLevel = optional(either((value) => (value === 'plan' ? () => undefined : level)))
const CHARGE = "Example: charge: { kind: 'sum', meter: 'api_calls' }."
const kind = oneOf(['sum', 'unique', 'max', 'time-weighted'], CHARGE)
const charges: Readonly<Record<string, Check>> = {
  sum: record(
    {
      kind,
      meter: key,
      block: optional(decimal(6, "block: '1000'")),
      round: optional(oneOf(['down', 'up'], 'Without it: down.')),
      remainder: optional(oneOf(['carry', 'drop', 'up'], 'Without it: carry.')),
      included: includedAmount,
    },
    CHARGE,
  ),
  unique: record(
    {
      kind,
      meter: key,
      included: includedAmount,
      onPlanChange: optional(oneOf(['bill', 'once-a-month'], 'Without it: once-a-month.')),
    },
    CHARGE,
  ),
  max: record(
    {
      kind,
      meter: key,
      window: oneOf(['hour', 'month'], "Example: window: 'hour'."),
      included: includedLevel,
    },
    CHARGE,
  ),
  'time-weighted': record(
    {
      kind,
      meter: key,
      holdForHours: optional(integer(1, 768, 'Without it: 25.')),
      included: includedLevel,
    },
    CHARGE,
  ),
}
const charge = either((value) => {
  const named = isRecord(value) && typeof value.kind === 'string' ? charges[value.kind] : undefined
  return (
    named ??
    ((got, path, report) =>
      isRecord(got) ? kind(got.kind, `${path}.kind`, report) : report(path, got, CHARGE))
  )
})

const CHECKOUT =
  "Use { kind: 'tier' }, { kind: 'floating', quantity: 1 } or { kind: 'drawdown', quantity: 1 }: what each task takes."
const checkoutKind = oneOf(['tier', 'floating', 'drawdown'], CHECKOUT)
const checkout = either((value) =>
  isRecord(value) && value.kind === 'tier'
    ? record({ kind: checkoutKind }, CHECKOUT)
    : record({ kind: checkoutKind, quantity: integer(1, 1_000_000, 'Example: quantity: 1.') }, CHECKOUT),
)

const dimension = record(
  {
    key: dimensionKey,
    title: text(80, "Say what one unit is. Example: '1,000 API calls'."),
    unit: oneOf(AWS_UNITS, 'These are the units AWS knows.'),
    price: decimal(8, "price: '0.10'"),
    contract: optional(
      record(
        {
          monthly: decimal(3, "monthly: '25.00'"),
          annual: decimal(3, "annual: '270.00'"),
          quantities: list(
            integer(1, 1_000_000, 'Example: 10.'),
            1,
            50,
            'Give the quantities that can be bought. Example: [1, 10, 25, 50].',
          ),
        },
        "Example: contract: { monthly: '25.00', annual: '270.00', quantities: [1, 10, 25, 50] }.",
      ),
    ),
    metered: flag('true: its usage is sent to AWS; false: it is only bought ahead.'),
    offered: flag('false: described, but not yet sold.'),
    plan: optional(key),
    charge: optional(charge),
    includedFrom: optional(dimensionKey),
    checkout: optional(checkout),
  },
  "Give a dimension. Example: { key: 'api_calls_1k', title: '1,000 API calls', unit: 'Units', price: '0.10', … }.",
)

const trial = record(
  {
    days: integer(7, 90, 'AWS takes free trials of that length only.'),
    plan: key,
    limits,
    allowances,
    remindDaysBefore: list(
      integer(1, 89, 'Example: 3.'),
      0,
      10,
      'Give days before the end. Example: [7, 3, 1].',
    ),
    graceDays: integer(0, 30, 'Example: 3.'),
    thenPlan: key,
  },
  "Example: trial: { days: 14, plan: 'team', limits: {}, allowances: {}, remindDaysBefore: [7], graceDays: 3, thenPlan: 'team' }.",
)

const listing = record(
  {
    shortDescription: text(1000, 'Say in a sentence or two what the product does.'),
    longDescription: pattern(
      /^listing\/[\w./-]+\.txt$/,
      "Name a text file under listing/. Example: 'listing/texts/long-description.txt'.",
    ),
    highlights: list(text(500, 'One highlight.'), 1, 3, 'AWS takes one to three highlights.'),
    keywords: list(text(50, 'One keyword.'), 1, 15, 'AWS takes one to fifteen keywords.'),
    categories: list(text(100, 'One category.'), 1, 3, 'AWS takes one to three categories.'),
    support: text(2000, 'Say how a buyer gets help.'),
    refundPolicy: text(500, 'Say when a buyer gets money back.'),
    resources: list(
      record(
        { text: text(500, "Example: 'User guide'."), url: https },
        "Example: { text: 'User guide', url: 'https://…' }.",
      ),
      0,
      3,
      'AWS takes up to three links.',
    ),
  },
  "Give the listing's texts: docs/seller-config.md has an example.",
)

const FULL_HOUR = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):00:00Z$/

const TAKE_OVER = "Use { from: '2027-01-01T00:00:00Z' }: the full UTC hour at which the old job was stopped."
const takeOver = record({ from: pattern(FULL_HOUR, TAKE_OVER) }, TAKE_OVER)

const INTEGRATION = "Use 'license', 'legacy', or { switchAt: '2027-01-01T00:00:00Z' } with a full UTC hour."
const integration = either((value) =>
  isRecord(value)
    ? record(
        {
          switchAt: pattern(FULL_HOUR, INTEGRATION),
        },
        INTEGRATION,
      )
    : pattern(/^(license|legacy)$/, INTEGRATION),
)

const anyProduct = {
  key,
  id: pattern(
    /^prod-([a-zA-Z0-9]{13}|[a-zA-Z0-9]{25})$/,
    "Give the product's id: prod- and 13 letters and digits. (The 25 characters without prod- are the code.) Example: 'prod-abcdefghijklm'.",
  ),
  code: pattern(
    /^[a-z0-9]{25}$/,
    "Give the product's code: 25 lower-case letters and digits. (What begins with prod- is the id.) Example: 'abcdefghijklmnopqrstuvwxy'.",
  ),
  title: text(72, "Give the product's title."),
  summary: text(300, 'Say in one sentence what it is.'),
  integration,
  dimensions: list(dimension, 0, 200, 'Give a list of at most 200 dimensions. AWS takes no more.'),
  defaultPlan: optional(key),
  trial: optional(trial),
  heartbeat: optional(dimensionKey),
  listing,
}

const saas = record(
  {
    ...anyProduct,
    kind: oneOf(['saas'], ''),
    pricing: oneOf(
      ['subscription', 'contract', 'contract-with-consumption'],
      'These are the pricings of a SaaS product.',
    ),
    takeOver: optional(takeOver),
  },
  'Give a product.',
)

const container = record(
  {
    ...anyProduct,
    kind: oneOf(['container'], ''),
    pricing: oneOf(
      ['hourly', 'custom-metering', 'contract', 'free', 'byol'],
      'These are the pricings of a container product.',
    ),
    metering: optional(oneOf(['task', 'agent'], "Without it: 'task'.")),
    register: optional(
      record(
        {
          publicKeyVersion: integer(1, 1_000_000, 'Give the version of the public key. Example: 1.'),
          publicKey: pattern(
            /^\s*-----BEGIN (RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]{100,4000}-----END (RSA )?PUBLIC KEY-----\s*$/,
            'Give the public key as AWS shows it, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----.',
          ),
        },
        "Example: register: { publicKeyVersion: 1, publicKey: '-----BEGIN PUBLIC KEY-----…' }.",
      ),
    ),
    image: record(
      {
        repository: pattern(
          // ECS, Kubernetes and Helm name the container and the chart by it.
          /^(?=.{2,50}$)[a-z0-9]+(-[a-z0-9]+)*$/,
          "Name the image's repository: 2 to 50 lower-case letters and digits, a hyphen between them. Example: 'skillsmith'.",
        ),
        platforms: list(
          oneOf(['linux/amd64', 'linux/arm64'], 'Linux only.'),
          1,
          2,
          "Example: ['linux/amd64', 'linux/arm64'].",
        ),
        port: integer(1, 65_535, 'Example: 3000.'),
        healthPath: pattern(/^\/\S*$/, "Give the path of the health check. Example: '/health'."),
      },
      "Example: image: { repository: 'skillsmith', platforms: ['linux/amd64'], port: 3000, healthPath: '/health' }.",
    ),
  },
  'Give a product.',
)

const productKind = oneOf(['saas', 'container'], "Example: kind: 'saas'.")
export const product: Check = either((value) => {
  if (!isRecord(value))
    return (got, path, report) =>
      report(path, got, "Give a product. Example: { key: 'contract', kind: 'saas', … }.")
  if (value.kind === 'saas') return saas
  return value.kind === 'container'
    ? container
    : (_, path, report) => productKind(value.kind, `${path}.kind`, report)
})
