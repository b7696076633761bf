/** The stack's outputs as they come: each that is wrong is one sentence with its name, and a secret is never in it. */
import { expect, test } from 'vitest'
import { readGiven } from '../../../commands/deploy/given.ts'
import { readOutputs } from '../../../commands/deploy/outputs.ts'
import { saidIn, withoutOthers, withoutSecrets } from '../../../commands/deploy/wrangler.ts'
import { outputsOf } from '../../support/cloudflare/aws.ts'

const right = outputsOf({ publicUrl: 'https://buy.example.com', stack: 'prod' })

test('outputs that are right are read as they are, and what Pulumi leaves out of its state as null', () => {
  expect(readOutputs(JSON.stringify(right))).toEqual({ ok: true, value: right })
  const { mail: _mail, webhookUrl: _webhook, ...edge } = right.edge
  expect(readOutputs(JSON.stringify({ ...right, edge }))).toEqual({ ok: true, value: right })
})

test.each<[change: object, words: string]>([
  [{ account: 123_456_789_012 }, 'output account is 123456789012; it is such as 123456789012'],
  [
    { edge: { ...right.edge, eventsPushKeys: '[secret]' } },
    'output edge.eventsPushKeys is masked: take the outputs by `pulumi stack output --json --show-secrets`',
  ],
  [{ metering: 'maybe' }, 'output metering is "maybe"; it is such as live or dry'],
  [
    { edge: { ...right.edge, publicUrl: 'https://buy.example.com/' } },
    'output edge.publicUrl is "https://buy.example.com/"; it is such as https://buy.example.com, an origin without a slash at its end',
  ],
  [
    { edge: { ...right.edge, publicUrl: 'http://buy.example.com' } },
    'output edge.publicUrl is "http://buy.example.com"; it is such as',
  ],
  [
    { edge: { ...right.edge, eventsPushKeys: ['too-short'] } },
    'output edge.eventsPushKeys does not have its form',
  ],
  [{ edge: { ...right.edge, eventsPushKeys: [] } }, 'output edge.eventsPushKeys does not have its form'],
  [{ edge: { ...right.edge, eventsQueueUrl: undefined } }, 'output edge.eventsQueueUrl is missing'],
  [
    {
      edge: {
        ...right.edge,
        credentials: { kind: 'user', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'no key' },
      },
    },
    'output edge.credentials.secretAccessKey does not have its form',
  ],
  [{ edge: 'none' }, 'output edge does not have its form'],
])('%j is told', (change, words) => {
  const read = readOutputs(JSON.stringify({ ...right, ...change }))
  expect(read).toMatchObject({ ok: false, error: [expect.stringContaining(words)] })
  expect(JSON.stringify(read)).not.toMatch(/too-short|no key/)
})

test('all that is wrong is told together, and a stack without outputs is told to be made', () => {
  const read = readOutputs(JSON.stringify({ ...right, account: '1', metering: 1 }))
  expect(read).toMatchObject({ error: { length: 2 } })
  expect(readOutputs('{}')).toMatchObject({ error: [expect.stringContaining('run `npm run up')] })
  expect(readOutputs('{"a"')).toMatchObject({ error: [expect.stringContaining('are not JSON')] })
})

test.each<[args: string[], words: RegExp]>([
  [[], /^say which stack: --stack prod/],
  [['--stack', 'Prod_1'], /^--stack "Prod_1" is no name of a stack: give 1 to 32 small letters/],
  [['--stack', 'a'.repeat(33)], /1 to 32/],
  [['--stack', 'eu--prod'], /no hyphen last or beside another/],
  [['--stack', 'prod', '--force'], /^Unknown option '--force': /],
  [['--stack', 'prod', '--health-seconds', '0'], /is no number of seconds/],
])('the line %j is refused in words', (args, words) => {
  expect(readGiven(args)).toMatchObject({ ok: false, error: expect.stringMatching(words) })
})

test("wrangler's error is told in one line without boxes, colours, advice or a secret", () => {
  const output = `Total Upload: 0.17 KiB\n\n\u001B[31m✘ [41;31m[\u001B[41;97mERROR\u001B[41;31m]\u001B[0m A request to the Cloudflare API failed.\n\n  Bad key push-key-canary [code: 10021]\n\n\nIf you think this is a bug then please create an issue\n🪵  Logs were written to "x.log"\n`
  expect(withoutSecrets(saidIn(output), ['push-key-canary'])).toBe(
    'A request to the Cloudflare API failed. Bad key *** [code: 10021]',
  )
})

test('wrangler is handed no secret of another tool, and nothing that moves it to another Worker or account', () => {
  const others = {
    AWS_SECRET_ACCESS_KEY: 'a',
    PULUMI_CONFIG_PASSPHRASE: 'p',
    PULUMI_ACCESS_TOKEN: 't',
    TOLLGATE_OPERATOR_KEY: 'o',
    CLOUDFLARE_ENV: 'staging',
    CLOUDFLARE_API_KEY: 'k',
    CF_ACCOUNT_ID: 'a',
    WRANGLER_CI_OVERRIDE_NAME: 'other',
  }
  const own = { PATH: '/bin', HTTPS_PROXY: 'http://proxy.example.com' }
  expect(withoutOthers({ ...others, ...own })).toEqual(own)
})
