/** The form of every field of `seller.config.ts`, each with its remedy and an example. Pure. */
import { allowances, email, https, key, limits, NAME } from './field-forms.ts'
import { product } from './product-fields.ts'
import {
  dictionary,
  flag,
  integer,
  list,
  oneOf,
  optional,
  pattern,
  record,
  text,
  type Check,
} from './shape.ts'

const registrationField = record(
  {
    key,
    label: text(80, "Say what is asked. Example: 'Company'."),
    type: oneOf(['email', 'text', 'tel'], "Example: type: 'text'."),
    required: flag('Example: required: true.'),
    autocomplete: optional(
      pattern(/^[a-z][a-z -]*$/, "Give the HTML autocomplete token. Example: 'organization'."),
    ),
  },
  "Example: { key: 'company', label: 'Company', type: 'text', required: false }.",
)

const plan = record(
  {
    key,
    title: text(80, "Example: 'Team'."),
    features: list(key, 0, 100, "Give keys of features. Example: ['basic_analytics']."),
    limits,
    allowances,
  },
  "Example: { key: 'team', title: 'Team', features: [], limits: {}, allowances: {} }.",
)

const percent = integer(0, 100, 'Percent.')
const days = integer(0, 3650, 'Days.')
const words = text(200, 'Give a few words.')

/** The form of the whole file. */
export const sellerConfig: Check = record(
  {
    seller: record(
      {
        name: text(80, 'Give the name buyers know you by.'),
        legalName: text(120, "Give the company's registered name."),
        account: pattern(
          /^\d{12}$/,
          "Give the seller's AWS account as text of 12 digits. Example: '012345678901'.",
        ),
        website: https,
        contacts: record(
          { support: email, legal: email, security: email, techAdmin: email },
          "Example: contacts: { support: 'support@example.com', legal: …, security: …, techAdmin: … }.",
        ),
      },
      'Say who sells: name, legalName, account, website, contacts.',
    ),
    landing: oneOf(['hosted', 'own'], "'hosted': our page takes the buyer; 'own': yours does."),
    region: pattern(/^[a-z]{2,5}(-[a-z]+)+-\d$/, "Give the AWS Region that meters. Example: 'us-east-1'."),
    branding: record(
      {
        name: text(40, 'Give the name on the page.'),
        accent: pattern(/^#[0-9a-f]{6}$/i, "Give a colour of six hex digits. Example: '#1d4ed8'."),
      },
      "Example: branding: { name: 'Example', accent: '#1d4ed8' }.",
    ),
    registration: record(
      {
        fields: list(registrationField, 1, 20, 'Ask at least for an e-mail address, and at most 20 fields.'),
      },
      "Example: registration: { fields: [{ key: 'email', label: 'E-mail', type: 'email', required: true }] }.",
    ),
    meters: dictionary(
      NAME,
      record(
        { label: text(80, "Example: 'API calls'."), unit: text(40, "Example: 'call'.") },
        "Example: api_calls: { label: 'API calls', unit: 'call' }.",
      ),
      "Example: meters: { api_calls: { label: 'API calls', unit: 'call' } }.",
    ),
    features: dictionary(
      NAME,
      text(80, "Example: 'Basic analytics'."),
      "Example: features: { basic_analytics: 'Basic analytics' }.",
    ),
    plans: list(plan, 0, 50, 'Give a list of plans, at most 50. It may be empty.'),
    products: list(product, 1, 50, 'Give a list of at least one product.'),
    timing: optional(
      record(
        {
          latenessMinutes: optional(integer(0, 1140, 'Without it: 10.')),
          finalTakeMinutes: optional(
            integer(0, 30, 'Without it: 10. AWS takes usage for an hour after the end, no longer.'),
          ),
          lateAcrossMonthsHours: optional(integer(0, 720, 'Without it: 24.')),
          spikeFactor: optional(integer(2, 1_000_000, 'Without it: 20.')),
        },
        'Example: timing: { latenessMinutes: 10 }.',
      ),
    ),
    alarms: record(
      {
        churnPercentADay: percent,
        meteringFailuresAnHour: integer(0, 1_000_000, 'Failures.'),
        conversionPercentAWeek: percent,
        supportTicketsADay: integer(0, 1_000_000, 'Tickets.'),
      },
      'Example: alarms: { churnPercentADay: 5, meteringFailuresAnHour: 10, conversionPercentAWeek: 10, supportTicketsADay: 100 }.',
    ),
    feedback: record(
      { npsEveryMonths: integer(1, 24, 'Months.') },
      'Example: feedback: { npsEveryMonths: 3 }.',
    ),
    legal: record(
      {
        eula: oneOf(['standard', 'custom'], "'standard': AWS's own contract."),
        governingLaw: words,
        terminationNoticeDays: days,
        cureDays: days,
        exportDays: days,
        liabilityCapMonths: integer(0, 120, 'Months of fees.'),
        deletionDays: days,
        breachNoticeHours: integer(1, 720, 'Hours.'),
        encryptionInTransit: words,
        encryptionAtRest: words,
        subProcessors: list(words, 0, 100, "Give the companies that process buyers' data. Example: ['AWS']."),
      },
      'Give the facts of the EULA: docs/seller-config.md has an example.',
    ),
  },
  'Give what you sell: docs/seller-config.md has an example.',
)
