/** What can go wrong in a task's life, by name, and how often; decisions repeat themselves seed by seed. */
import { type ChoiceOf, type FaultsOf, isIn, type Kind, openFaultsIn, readChoiceIn } from '../chance.ts'

const each = (says: string, light = 0.01, heavy = 0.08): Kind => ({ drawn: 'each', light, heavy, says })
const seed = (says: string, light = 0.05, heavy = 0.2): Kind => ({ drawn: 'seed', light, heavy, says })

export const FAULTS = {
  'killed-before-write': each('31: the process dies in the middle of a transaction', 0.0003, 0.0012),
  'killed-after-write': each('31: the process dies right after a transaction', 0.0003, 0.0012),
  'killed-before-call': each('6: it dies with the attempt stored and the call not made', 0.004, 0.03),
  'killed-in-call': each('7: it dies while AWS has the call', 0.004, 0.03),
  'killed-after-call': each('7: it dies with the answer on its way', 0.004, 0.03),
  'killed-in-stop': each('SIGKILL comes before its SIGTERM was obeyed', 0.03, 0.25),
  'restarted-in-task': each('the container starts again in the same task', 0.4, 0.4),
  'answer-lost': each('1: the application hears nothing and sends again'),
  'sent-late': each('19: usage is sent hours after it happened', 0.02, 0.1),
  'aws-request-lost': each('9: the call never reaches AWS'),
  'aws-reply-lost': each('7: AWS takes the call and its answer is lost'),
  'aws-late': each('17: the call reaches AWS minutes after it was given up', 0.005, 0.04),
  'aws-error-before': each('9: AWS answers 500 and did nothing'),
  'aws-error-after': each('8: AWS answers 500 and took it'),
  'aws-throttled': each('10: AWS says ThrottlingException', 0.02, 0.12),
  'aws-garbage': each('a 200 that nobody can read, after the commit', 0.005, 0.03),
  'aws-unknown': each('a refusal by a name nobody knows', 0.003, 0.02),
  'aws-storm': seed('10: AWS throttles every call for hours'),
  'aws-outage': seed('15: AWS is away, up to 8 h'),
  'month-end-outage': seed('16: AWS is away from 22:00 on the last day to 04:00 on the 1st', 0.2, 0.5),
  'aws-denied': seed('27: AWS refuses the role for a while', 0.02, 0.08),
  'aws-conflict': seed('13: somebody else meters an hour of the task', 0.02, 0.08),
  'no-credentials': seed('35: the credential endpoint is away for a while', 0.03, 0.1),
  'clock-skew': seed('18: the hosts are up to 10 minutes off', 0.15, 0.35),
  'clock-back': seed('36: a host jumps back 2 h', 0.04, 0.15),
  'clock-forward': seed('36: a host jumps forward 7 h', 0.04, 0.15),
  'disk-full': seed('32: a disk takes nothing for a while', 0.06, 0.2),
  'disk-unsure': each('32: fsync fails, and what it was for is on disk', 0.0005, 0.003),
  copied: seed('33: a spool is copied', 0.05, 0.15),
} as const satisfies Readonly<Record<string, Kind>>

export type FaultName = keyof typeof FAULTS

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]

export type Choice = ChoiceOf<FaultName>
export type Faults = FaultsOf<FaultName>

export const isFault = (name: string): name is FaultName => isIn(FAULTS, name)

/** `none`, `light`, `heavy`, `mixed` or `one:<name>`; undefined: none of these. */
export const readChoice = (text: string): Choice | undefined => readChoiceIn(FAULTS, text)

/** `without`: faults that are left out though they were drawn; leaving one out changes no other draw. */
export const openFaults = (seedNumber: number, choice: Choice, without: ReadonlySet<string>): Faults =>
  openFaultsIn(FAULTS, seedNumber, choice, without)
