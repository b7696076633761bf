/** What a deployment can get wrong in one line, and the check that has to notice it. */
import type { Breakage } from './breakage.ts'

export const DEPLOY: readonly Breakage[] = [
  {
    name: 'a dry stack deploys a Worker that bills (money §10)',
    file: 'commands/deploy/settings.ts',
    line: 'METERING: metering,',
    becomes: "METERING: 'live',",
    caughtBy: 'deploy',
  },
  {
    name: 'each deploy makes another session secret',
    file: 'commands/deploy/settings.ts',
    line: "!(running?.secrets.has('SESSION_SECRET') ?? false)",
    becomes: "running === null || running.vars['SESSION_SECRET'] === undefined",
    caughtBy: 'deploy',
  },
  {
    name: 'a name that something else has is taken from it',
    file: 'commands/deploy/address.ts',
    line: 'override_existing_dns_record: false,',
    becomes: 'override_existing_dns_record: true,',
    caughtBy: 'deploy',
    noticedBy: 'a name that has a DNS record of something else is left to it',
  },
  {
    name: 'a Ledger that does not answer counts as one with nothing open (money §4)',
    file: 'commands/deploy/dropped.ts',
    line: 'if (silent > 0)',
    becomes: 'if (silent > 1)',
    caughtBy: 'deploy',
    noticedBy: 'a Ledger that does not answer is never taken for one with nothing open',
  },
  {
    name: 'a version that is not well keeps its place',
    file: 'commands/deploy/rollback.ts',
    line: 'versions: [{ version_id: before.version, percentage: 100 }],',
    becomes: 'versions: [{ version_id: version, percentage: 100 }],',
    caughtBy: 'deploy',
  },
]
