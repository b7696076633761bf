/** Breakages of the lifecycle and of the doors of usage (money §1, §6, §10). */
import type { Breakage } from './breakage.ts'

export const DOORS: readonly Breakage[] = [
  {
    name: 'the key of a deploy opens every route of the operator’s',
    file: 'worker/operator/routes.ts',
    line: 'routes.use(requireOperator(edge))',
    becomes: 'routes.use(requireOperator(edge, edge.settings.deployKeyHash))',
    caughtBy: 'check',
    noticedBy: 'the key of a deploy opens the check and no other',
  },
  {
    name: 'the heartbeat says that all is well while a part of cron fails',
    file: 'worker/scheduled.ts',
    line: 'whole = false',
    becomes: '',
    caughtBy: 'metrics',
    noticedBy: 'a part of cron that fails makes the heartbeat 0',
  },
  {
    name: 'a second live stack is well in the doctor’s eyes',
    file: 'commands/doctor/checks/live.ts',
    line: "if (owner === deployment) return say.ok('live parameter',",
    becomes: "if (owner !== null) return say.ok('live parameter',",
    caughtBy: 'doctor',
    noticedBy: 'a live stack, and the parameter names staging',
  },
  {
    name: 'access ends after the final flush, not before it (money §6 (1))',
    file: 'shared/lifecycle.ts',
    line: "if (life.end) return 'ended'",
    becomes: "if (life.end?.cause === 'presumed') return 'ended'",
    caughtBy: 'lifecycle',
  },
  {
    name: 'usage of an account with several subscriptions is given to the first (money §1 Only an account is named)',
    file: 'worker/usage/answer.ts',
    line: '} else if (others.length > 0) {',
    becomes: '} else if (others.length > 99) {',
    caughtBy: 'doors',
    noticedBy: 'an account with several is refused with the list',
  },
  {
    name: 'the identity switches in the hour that runs, at the half hour (money §10)',
    file: 'worker/lifecycle/identity.ts',
    line: 'hourFrom(Math.max(configured ?? 0, nextHour(hourOf(now))))',
    becomes: 'hourFrom(Math.max(configured ?? 0, hourOf(now)))',
    caughtBy: 'identity',
    noticedBy: 'the first license learnt switches the account at the next full hour',
  },
]
