/** Each wrong field outside of the products: the field, what it got and the remedy, and nothing else. */
import { expect, test } from 'vitest'
import { changed, saidOf } from './changed.ts'

/** A path, what is put there (undefined: the field is left out), and every line said. A line without a path is about it. */
const WRONG: readonly (readonly [path: string, value: unknown, ...lines: string[]])[] = [
  ['seller', 'x'.repeat(1), ": got 'x'. Say who sells: name, legalName, account, website, contacts."],
  [
    'seller.name',
    '',
    ": got ''. Give the name buyers know you by. At most 80 characters on one line, no space in front.",
  ],
  [
    'seller.legalName',
    ' Skillsmith',
    ": got ' Skillsmith'. Give the company's registered name. At most 120 characters on one line, no space in front.",
  ],
  [
    'seller.account',
    123456789012,
    ": got 123456789012. Give the seller's AWS account as text of 12 digits. Example: '012345678901'.",
  ],
  [
    'seller.account',
    '1234',
    ": got '1234'. Give the seller's AWS account as text of 12 digits. Example: '012345678901'.",
  ],
  [
    'seller.website',
    'http://skillsmith.app',
    ": got 'http://skillsmith.app'. Give an https address. Example: 'https://example.com'.",
  ],
  [
    'seller.contacts.support',
    'support',
    ": got 'support'. Give an e-mail address. Example: 'support@example.com'.",
  ],
  [
    'seller.contacts.techAdmin',
    undefined,
    ": got nothing. Give an e-mail address. Example: 'support@example.com'.",
  ],
  [
    'seller.phone',
    '1',
    ": got '1'. There is no such field here. Remove it, or use one of: name, legalName, account, website, contacts.",
  ],
  [
    'landing',
    'mine',
    ": got 'mine'. Use one of: 'hosted', 'own'. 'hosted': our page takes the buyer; 'own': yours does.",
  ],
  ['region', 'Virginia', ": got 'Virginia'. Give the AWS Region that meters. Example: 'us-east-1'."],
  ['branding.accent', 'blue', ": got 'blue'. Give a colour of six hex digits. Example: '#1d4ed8'."],
  [
    'branding.accent',
    '#60a5fa',
    ": got '#60a5fa'. White on it has a contrast of 2.5; people need 4.5. Take a darker colour. Example: '#1d4ed8'.",
  ],
  [
    'branding.name',
    'x'.repeat(41),
    ": got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'. Give the name on the page. At most 40 characters on one line, no space in front.",
  ],
  [
    'registration.fields',
    [],
    ': got an empty list. Ask at least for an e-mail address, and at most 20 fields.',
  ],
  [
    'registration.fields[0].type',
    'text',
    "registration.fields: got 'email, name, company, phone'. AWS demands an e-mail field. Add { key: 'email', label: 'E-mail', type: 'email', required: true }.",
  ],
  [
    'registration.fields[1].key',
    'email',
    ": got 'email'. registration.fields[0].key is the same: each must be its own. Change one of the two.",
  ],
  [
    'registration.fields[3].label',
    'Credit card',
    "registration.fields[3]: got 'Credit card'. AWS forbids asking for payment data: AWS bills the buyer. Remove the field.",
  ],
  [
    'registration.fields[3].autocomplete',
    'cc-number',
    "registration.fields[3]: got 'Phone'. AWS forbids asking for payment data: AWS bills the buyer. Remove the field.",
  ],
  ['registration.fields[2].required', 'yes', ": got 'yes'. Give true or false. Example: required: true."],
  [
    'meters.API',
    { label: 'a', unit: 'b' },
    ": got 'API'. The name must match ^[a-z][a-z0-9_-]{0,39}$. Example: meters: { api_calls: { label: 'API calls', unit: 'call' } }.",
  ],
  [
    'meters.users.label',
    undefined,
    ": got nothing. Example: 'API calls'. At most 80 characters on one line, no space in front.",
  ],
  [
    'features.sso_saml',
    '',
    ": got ''. Example: 'Basic analytics'. At most 80 characters on one line, no space in front.",
  ],
  [
    'plans[1].key',
    'team',
    ": got 'team'. plans[0].key is the same: each must be its own. Change one of the two.",
    "products[0].dimensions[1].plan: got 'enterprise'. There is no such plan. Use one of: team, team; or add it under plans.",
    "products[1].dimensions[1].plan: got 'enterprise'. There is no such plan. Use one of: team, team; or add it under plans.",
  ],
  [
    'plans[0].features[0]',
    'telepathy',
    ": got 'telepathy'. Describe it: features: { telepathy: '…' }, or remove it here.",
  ],
  [
    'plans[0].limits.users',
    '50',
    ": got '50'. Give a whole number from 0 to 1000000000. Example: users: 50, or users: 'unlimited'.",
  ],
  [
    'plans[0].limits.seats',
    3,
    ": got 'seats'. There is no such meter. Use one of: users, api_calls, storage_gb.",
  ],
  [
    'plans[0].allowances.api_calls_1k',
    undefined,
    ": got nothing. products[0].dimensions[2] includes what the plan says. Say it: { amount: '10000', per: 'month' } or 'unlimited'; for nothing, an amount or level of '0'.",
    ": got nothing. products[1].dimensions[2] includes what the plan says. Say it: { amount: '10000', per: 'month' } or 'unlimited'; for nothing, an amount or level of '0'.",
  ],
  [
    'plans[0].allowances.api_calls_1k',
    { level: '3' },
    ": got an object. A sum charge counts: give an amount. Example: { amount: '10000', per: 'month' }, or 'unlimited'.",
  ],
  [
    'plans[0].allowances.storage_gb_month',
    { amount: '3', per: 'month' },
    ": got an object. A time-weighted charge measures: give a level. Example: { level: '10' }, or 'unlimited'.",
  ],
  [
    'plans[0].allowances.api_calls_1k.amount',
    10000,
    ": got 10000. Give digits as text, with a point and at most 6 decimals. Example: amount: '10000'.",
  ],
  [
    'plans[0].allowances.api_calls_1k.amount',
    '0.1234567',
    ": got '0.1234567'. Give digits as text, with a point and at most 6 decimals. Example: amount: '10000'.",
  ],
  [
    'plans[0].allowances.seats',
    'unlimited',
    ": got 'seats'. No charge uses it. Say included: 'plan' in the dimension's charge, or remove it.",
  ],
  ['timing.latenessMinutes', 1141, ': got 1141. Give a whole number from 0 to 1140. Without it: 10.'],
  [
    'timing.finalTakeMinutes',
    31,
    ': got 31. Give a whole number from 0 to 30. Without it: 10. AWS takes usage for an hour after the end, no longer.',
  ],
  ['timing.spikeFactor', 1, ': got 1. Give a whole number from 2 to 1000000. Without it: 20.'],
  ['alarms.churnPercentADay', 101, ': got 101. Give a whole number from 0 to 100. Percent.'],
  ['feedback.npsEveryMonths', 0, ': got 0. Give a whole number from 1 to 24. Months.'],
  ['legal.eula', 'none', ": got 'none'. Use one of: 'standard', 'custom'. 'standard': AWS's own contract."],
  ['legal.deletionDays', '30', ": got '30'. Give a whole number from 0 to 3650. Days."],
  [
    'legal.subProcessors',
    'AWS',
    ": got 'AWS'. Give the companies that process buyers' data. Example: ['AWS'].",
  ],
]

for (const [path, value, ...lines] of WRONG) {
  test(`seller.config.ts with ${path} as ${JSON.stringify(value) ?? 'nothing'} is refused with its remedy`, () => {
    const said = lines.map((line) => (line.startsWith(':') ? path + line : line))
    expect(saidOf(changed({ [path]: value }))).toEqual(said)
  })
}
