/** Each wrong field of a product: the field, what it got and the remedy, and nothing else. */
import { expect, test } from 'vitest'
import { changed, saidOf } from './changed.ts'

/** A path, what is put there (undefined: the field is left out), and every line said. A line without a path is about it. */
const WRONG: readonly (readonly [path: string, value: unknown, ...lines: string[]])[] = [
  ['products', [], ': got an empty list. Give a list of at least one product.'],
  ['products[0]', 7, ": got 7. Give a product. Example: { key: 'contract', kind: 'saas', … }."],
  ['products[0].kind', 'ami', ": got 'ami'. Use one of: 'saas', 'container'. Example: kind: 'saas'."],
  [
    'products[0].key',
    'The Contract',
    ": got 'The Contract'. Give a short name of lower-case letters, digits, - and _. Example: 'team'.",
  ],
  [
    'products[1].key',
    'contract',
    ": got 'contract'. products[0].key is the same: each must be its own. Change one of the two.",
  ],
  [
    'products[0].id',
    '7h2kq9v4n1xw8zc3m6tb5rjd0',
    ": got '7h2kq9v4n1xw8zc3m6tb5rjd0'. Give the product's id: prod- and 13 letters and digits. (The 25 characters without prod- are the code.) Example: 'prod-abcdefghijklm'.",
  ],
  [
    'products[0].code',
    'prod-k3mv7q2xw9d4r',
    ": got 'prod-k3mv7q2xw9d4r'. Give the product's code: 25 lower-case letters and digits. (What begins with prod- is the id.) Example: 'abcdefghijklmnopqrstuvwxy'.",
  ],
  [
    'products[1].code',
    '7h2kq9v4n1xw8zc3m6tb5rjd0',
    ": got '7h2kq9v4n1xw8zc3m6tb5rjd0'. products[0].code is the same: each must be its own. Change one of the two.",
  ],
  [
    'products[1].id',
    'prod-k3mv7q2xw9d4r',
    ": got 'prod-k3mv7q2xw9d4r'. products[0].id is the same: each must be its own. Change one of the two.",
  ],
  [
    'products[0].title',
    'x'.repeat(73),
    ": got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'. Give the product's title. At most 72 characters on one line, no space in front.",
  ],
  [
    'products[0].summary',
    undefined,
    ': got nothing. Say in one sentence what it is. At most 300 characters on one line, no space in front.',
  ],
  [
    'products[0].pricing',
    'hourly',
    ": got 'hourly'. Use one of: 'subscription', 'contract', 'contract-with-consumption'. These are the pricings of a SaaS product.",
  ],
  [
    'products[2].pricing',
    'subscription',
    ": got 'subscription'. Use one of: 'hourly', 'custom-metering', 'contract', 'free', 'byol'. These are the pricings of a container product.",
  ],
  [
    'products[0].integration',
    'both',
    ": got 'both'. Use 'license', 'legacy', or { switchAt: '2027-01-01T00:00:00Z' } with a full UTC hour.",
  ],
  [
    'products[0].integration',
    { switchAt: '2027-01-01T00:30:00Z' },
    "products[0].integration.switchAt: got '2027-01-01T00:30:00Z'. Use 'license', 'legacy', or { switchAt: '2027-01-01T00:00:00Z' } with a full UTC hour.",
  ],
  [
    'products[0].takeOver',
    { from: '2027-01-01T00:30:00Z' },
    "products[0].takeOver.from: got '2027-01-01T00:30:00Z'. Use { from: '2027-01-01T00:00:00Z' }: the full UTC hour at which the old job was stopped.",
  ],
  [
    'products[0].defaultPlan',
    'gold',
    ": got 'gold'. There is no such plan. Use one of: team, enterprise; or add it under plans.",
  ],
  [
    'products[0].defaultPlan',
    undefined,
    ": got nothing. Its charges depend on a plan. Say which one a new subscription has. Example: defaultPlan: 'team'.",
  ],
  [
    'products[0].heartbeat',
    'team_users',
    ": got 'team_users'. It must be a dimension that is metered and offered. Use one of: api_calls_1k, storage_gb_month.",
  ],
  [
    'products[0].heartbeat',
    'api_calls_1k ',
    ": got 'api_calls_1k '. Give the dimension's API name: at most 100 letters, digits, _ . and -. Example: 'api_calls_1k'.",
  ],
  [
    'products[0].trial.days',
    5,
    ': got 5. Give a whole number from 7 to 90. AWS takes free trials of that length only.',
  ],
  [
    'products[0].trial.plan',
    'gold',
    ": got 'gold'. There is no such plan. Use one of: team, enterprise; or add it under plans.",
  ],
  [
    'products[0].trial.thenPlan',
    'gold',
    ": got 'gold'. There is no such plan. Use one of: team, enterprise; or add it under plans.",
  ],
  [
    'products[0].trial.remindDaysBefore',
    [1, 3],
    ": got '1, 3'. Give falling numbers below 14, its days. Example: [7, 3, 1].",
  ],
  [
    'products[0].trial.remindDaysBefore',
    [14],
    ": got '14'. Give falling numbers below 14, its days. Example: [7, 3, 1].",
  ],
  [
    'products[0].trial.allowances.api_call',
    { amount: '1', per: 'term' },
    ": got 'api_call'. Give it for a dimension of this product whose charge says included: 'plan', in the same form as in the plans.",
  ],
  [
    'products[0].trial.limits.seats',
    1,
    ": got 'seats'. There is no such meter. Use one of: users, api_calls, storage_gb.",
  ],
  [
    'products[0].listing.shortDescription',
    'x\ny',
    ": got 'x?y'. Say in a sentence or two what the product does. At most 1000 characters on one line, no space in front.",
  ],
  [
    'products[0].listing.longDescription',
    'A long text',
    ": got 'A long text'. Name a text file under listing/. Example: 'listing/texts/long-description.txt'.",
  ],
  ['products[0].listing.highlights', [], ': got an empty list. AWS takes one to three highlights.'],
  [
    'products[0].listing.keywords',
    Array.from({ length: 6 }, (_, i) => String(i).repeat(50)),
    ": got '300 characters'. AWS takes at most 250 characters together. Remove some.",
  ],
  ['products[0].listing.categories', undefined, ': got nothing. AWS takes one to three categories.'],
  [
    'products[0].listing.refundPolicy',
    '',
    ": got ''. Say when a buyer gets money back. At most 500 characters on one line, no space in front.",
  ],
  [
    'products[0].listing.resources[0].url',
    'skillsmith.app',
    ": got 'skillsmith.app'. Give an https address. Example: 'https://example.com'.",
  ],
  ['products[2].metering', 'cluster', ": got 'cluster'. Use one of: 'task', 'agent'. Without it: 'task'."],
  [
    'products[2].image.repository',
    'skillsmith/app',
    ": got 'skillsmith/app'. Name the image's repository: 2 to 50 lower-case letters and digits, a hyphen between them. Example: 'skillsmith'.",
  ],
  ['products[2].image.port', 0, ': got 0. Give a whole number from 1 to 65535. Example: 3000.'],
  [
    'products[2].image.platforms',
    ['windows/amd64'],
    "products[2].image.platforms[0]: got 'windows/amd64'. Use one of: 'linux/amd64', 'linux/arm64'. Linux only.",
  ],
]

for (const [path, value, ...lines] of WRONG) {
  test(`seller.config.ts with ${path} as ${JSON.stringify(value) ?? 'nothing'} is refused with its remedy`, () => {
    const said = lines.map((line) => (line.startsWith(':') ? path + line : line))
    expect(saidOf(changed({ [path]: value }))).toEqual(said)
  })
}
