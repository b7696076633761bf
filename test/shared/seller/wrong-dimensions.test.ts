/** Each wrong field of a dimension or its charge (money §3, §11): the field, what it got and the remedy, and nothing else. */
import { expect, test } from 'vitest'
import { changed, saidOf } from './changed.ts'

/** A path, what is put there (undefined: the field is left out), and every line said. A line without a path is about it. */
const WRONG: readonly (readonly [path: string, value: unknown, ...lines: string[]])[] = [
  [
    'products[0].dimensions[2].key',
    'api calls',
    ": got 'api calls'. Give the dimension's API name: at most 100 letters, digits, _ . and -. Example: 'api_calls_1k'.",
  ],
  [
    'products[0].dimensions[3].key',
    'api_calls_1k',
    "plans[0].allowances.api_calls_1k: got an object. A time-weighted charge measures: give a level. Example: { level: '10' }, or 'unlimited'.",
    ": got 'api_calls_1k'. products[0].dimensions[2].key is the same: each must be its own. Change one of the two.",
    "products[0].trial.allowances.storage_gb_month: got 'storage_gb_month'. Give it for a dimension of this product whose charge says included: 'plan', in the same form as in the plans.",
  ],
  [
    'products[0].dimensions[2].unit',
    'calls',
    ": got 'calls'. Use one of: 'GB', 'Gbps', 'HostHrs', 'Hosts', 'MB', 'Mbps', 'Requests', 'TaskHrs', 'TB', 'TierHrs', 'UnitHrs', 'Units', 'UserHrs', 'Users'. These are the units AWS knows.",
  ],
  [
    'products[0].dimensions[2].price',
    0.1,
    ": got 0.1. Give digits as text, with a point and at most 8 decimals. Example: price: '0.10'.",
  ],
  [
    'products[0].dimensions[2].price',
    '0.123456789',
    ": got '0.123456789'. Give digits as text, with a point and at most 8 decimals. Example: price: '0.10'.",
  ],
  [
    'products[0].dimensions[2].metered',
    undefined,
    ': got nothing. Give true or false. true: its usage is sent to AWS; false: it is only bought ahead.',
  ],
  [
    'products[0].dimensions[3].charge.meter',
    'api_calls',
    "products[0].dimensions[3].charge.kind: got 'time-weighted'. It needs a value of meter 'api_calls', and api_calls_1k needs a quantity of it. Give one of them a meter of its own.",
  ],
  [
    'products[1].dimensions[1].charge',
    { kind: 'max', meter: 'users', window: 'month' },
    "products[1].dimensions[1].charge.kind: got 'max'. It needs a value of meter 'users', and team_users needs a key of it. Give one of them a meter of its own.",
  ],
  [
    'products[0].dimensions[2].charge',
    undefined,
    ": got nothing. Say which meter it charges. Example: charge: { kind: 'sum', meter: 'api_calls' }.",
    "products[0].trial.allowances.api_calls_1k: got 'api_calls_1k'. Give it for a dimension of this product whose charge says included: 'plan', in the same form as in the plans.",
  ],
  [
    'products[0].dimensions[2].charge.kind',
    'average',
    ": got 'average'. Use one of: 'sum', 'unique', 'max', 'time-weighted'. Example: charge: { kind: 'sum', meter: 'api_calls' }.",
  ],
  [
    'products[0].dimensions[2].charge.meter',
    'calls',
    ": got 'calls'. There is no such meter. Use one of: users, api_calls, storage_gb; or describe it under meters.",
  ],
  [
    'products[0].dimensions[2].charge.block',
    '0',
    ": got '0'. A block must be more than 0. Example: block: '1000'.",
  ],
  [
    'products[0].dimensions[2].charge.window',
    'hour',
    ": got 'hour'. There is no such field here. Remove it, or use one of: kind, meter, block, round, remainder, included.",
  ],
  [
    'products[0].dimensions[0].contract',
    undefined,
    ": got nothing. Say what it costs bought ahead. Example: contract: { monthly: '25.00', annual: '270.00', quantities: [1, 10] }.",
  ],
  [
    'products[1].dimensions[2].contract',
    { monthly: '25.00', annual: '270.00', quantities: [1, 10, 25, 50] },
    ": got an object. A product with pricing 'subscription' cannot be bought ahead. Remove it.",
  ],
  [
    'products[1].dimensions[2].metered',
    false,
    ": got false. With pricing 'subscription' nothing but usage is sold. Use metered: true.",
  ],
  [
    'products[0].dimensions[0].contract.annual',
    '745.2001',
    ": got '745.2001'. Give digits as text, with a point and at most 3 decimals. Example: annual: '270.00'.",
  ],
  [
    'products[0].dimensions[0].contract.quantities',
    [10, 1],
    ": got '10, 1'. Give them in rising order, each once. Example: [1, 10, 25, 50].",
  ],
  [
    'products[0].dimensions[0].unit',
    'Hosts',
    "products[0].dimensions: got 'team_users in Hosts, enterprise_users in Users'. What is bought ahead must be in one unit. Give all of them the same unit.",
  ],
  [
    'products[0].dimensions[0].plan',
    'gold',
    ": got 'gold'. There is no such plan. Use one of: team, enterprise; or add it under plans.",
  ],
  [
    'products[0].dimensions[2].includedFrom',
    'team_users',
    ": got 'team_users'. It needs a charge without included. Say one or the other.",
  ],
  [
    'products[0].dimensions[2].includedFrom',
    'seats',
    ": got 'seats'. It must be a dimension that is only bought ahead. Use one of: team_users, enterprise_users.",
    ": got 'seats'. It needs a charge without included. Say one or the other.",
  ],
  [
    'products[2].dimensions[0].includedFrom',
    'team_users',
    ": got 'team_users'. AWS applies what was bought ahead for a container itself. Remove it.",
  ],
  [
    'products[2].dimensions[0].charge',
    { kind: 'unique', meter: 'users' },
    "products[2].dimensions[0].charge.kind: got 'unique'. Tasks do not know each other, so a container charges by kind 'sum' with block 1 and nothing included. Choose a smaller unit, or metering: 'agent'.",
  ],
  [
    'products[2].dimensions[0].charge.block',
    '1000',
    ": got '1000'. Tasks do not know each other, so a container charges by kind 'sum' with block 1 and nothing included. Choose a smaller unit, or metering: 'agent'.",
  ],
  [
    'products[2].dimensions[0].charge.included',
    { amount: '5', per: 'month' },
    ": got an object. Tasks do not know each other, so a container charges by kind 'sum' with block 1 and nothing included. Choose a smaller unit, or metering: 'agent'.",
  ],
  [
    'products[2].dimensions',
    ['api_call', 'request'].map((key) => ({
      key,
      title: 'API call',
      unit: 'Requests',
      price: '0.0001',
      metered: true,
      offered: true,
      charge: { kind: 'sum', meter: 'api_calls' },
    })),
    "products[2].dimensions[1].charge.meter: got 'api_calls'. api_call is charged by it too, and a task that takes over a dead one's usage has to know which of the two was not sent. Give one of them a meter of its own.",
  ],
  [
    'products[2].pricing',
    'free',
    "products[2].dimensions: got a list of 1. A product with pricing 'free' has none. Use [].",
    "products[2].metering: got 'task'. Only pricing: 'custom-metering' has it. Remove it.",
    "products[2].dimensions[0].metered: got true. With pricing 'free' no usage is sent to AWS. Use metered: false.",
  ],
  [
    'products[2].pricing',
    'hourly',
    "products[2].metering: got 'task'. Only pricing: 'custom-metering' has it. Remove it.",
    "products[2].register: got nothing. AWS signs its answer, and the image holds the key: register: { publicKeyVersion: 1, publicKey: '-----BEGIN PUBLIC KEY-----…' }, as the Management Portal shows it.",
    "products[2].dimensions[0].metered: got true. With pricing 'hourly' no usage is sent to AWS. Use metered: false.",
  ],
  [
    'products[2].register',
    { publicKeyVersion: 1, publicKey: 'MIGf' },
    "products[2].register.publicKey: got 'MIGf'. Give the public key as AWS shows it, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----.",
  ],
  [
    'products[2].dimensions[0].checkout',
    { kind: 'tier' },
    ": got an object. Only a container with pricing 'contract' has it. Remove it.",
  ],
  [
    'products[2].dimensions[0].checkout',
    { kind: 'floating' },
    'products[2].dimensions[0].checkout.quantity: got nothing. Give a whole number from 1 to 1000000. Example: quantity: 1.',
  ],
  [
    'products[2].dimensions[0].price',
    '0',
    "products[2].dimensions: got a list of 1. AWS demands one dimension above 0 dollars. Add one, or use pricing: 'free'.",
  ],
]

for (const [path, value, ...lines] of WRONG) {
  test(`seller.config.ts with ${path} as ${JSON.stringify(value) ?? 'nothing'} is refused with its remedy`, () => {
    const said = lines.map((line) => (line.startsWith(':') ? path + line : line))
    expect(saidOf(changed({ [path]: value }))).toEqual(said)
  })
}
