/** What can go wrong in the simulation, by name, and how often; decisions repeat themselves seed by seed. */
import { type ChoiceOf, type FaultsOf, isIn, type Kind, openFaultsIn, readChoiceIn } from './chance.ts'

const each = (says: string, light = 0.005, heavy = 0.05): Kind => ({ drawn: 'each', light, heavy, says })
const seed = (says: string, light = 0.02, heavy = 0.1): Kind => ({ drawn: 'seed', light, heavy, says })

export const FAULTS = {
  'client-answer-lost': each('1: the client hears nothing after the commit and sends again'),
  'client-request-lost': each('3: the request never arrives'),
  'client-doubled': each('2: the same batch is sent twice at once'),
  'client-redelivered': each('21: the batch is sent again and again, hours later and out of order'),
  'client-late': each('19: the batch is sent after its hours froze', 0.01, 0.08),
  'client-very-late': each('20: the batch is sent days late', 0.01, 0.06),
  'client-too-old': each('20: usage from before the subscription or ahead of time', 0.004, 0.03),
  'client-conflict': each('the same id or number comes with another content', 0.005, 0.05),
  'crash-before-commit': each('3: the object dies before what it wrote is durable', 0.002, 0.01),
  'crash-after-commit': each('4, 6: the object dies after its commit, before anything left it', 0.002, 0.01),
  evicted: each('30: the object is dropped between two calls', 0.01, 0.08),
  'call-lost-before': each('a call between objects never arrives'),
  'call-lost-after': each('a call between objects runs and its answer is lost'),
  'call-doubled': each('a call between objects runs twice', 0.005, 0.03),
  'call-slow': each('a call between objects takes half a minute', 0.005, 0.03),
  'alarm-doubled': each('an alarm fires twice'),
  'alarm-late': each('an alarm fires minutes late'),
  'alarm-forgotten': each('an alarm never fires', 0.004, 0.03),
  'aws-request-lost': each('9: the call never reaches AWS'),
  'aws-reply-lost': each('7: AWS takes the call and its answer is lost', 0.01, 0.08),
  'aws-error-before': each('9: AWS answers 500 and did nothing'),
  'aws-error-after': each('8: AWS answers 500 and took all of it', 0.01, 0.08),
  'aws-error-partly': each('8: AWS answers 500 and took some of it', 0.01, 0.08),
  'aws-throttled': each('10: AWS says ThrottlingException', 0.01, 0.1),
  'aws-unprocessed': each('11: AWS hands back all, some or one as UnprocessedRecords', 0.01, 0.1),
  'aws-late': each('17: the call reaches AWS minutes after it was given up', 0.005, 0.04),
  'aws-garbage': each('a 200 that nobody can read, after the commit'),
  'aws-forgets-one': each('a record is in neither list of the answer'),
  'aws-other-quantity': each('a record is answered with another quantity'),
  'aws-unknown-status': each('a record is answered with a status nobody knows'),
  'aws-in-both-lists': each('a record is in both lists of the answer'),
  'aws-storm': seed('10: AWS throttles every call for hours'),
  'aws-outage': seed('15: AWS is away, up to 23 h 50 min and beyond 24 h'),
  'month-end-outage': seed('16: AWS is away from 22:00 on the last day to 05:50 on the 1st'),
  'aws-poison': seed('12: AWS refuses one dimension or one license for a while', 0.08, 0.3),
  'aws-poison-record': each('12: AWS refuses one record by itself, for good', 0.01, 0.07),
  'aws-somebody': each('13: somebody else meters an hour of the buyer', 0.003, 0.02),
  'aws-not-subscribed': seed('14: AWS says CustomerNotSubscribed for a while'),
  'aws-duplicate-word': seed('AWS answers an identical record with DuplicateRecord', 0.1, 0.2),
  'aws-denied': seed('27: AWS refuses our credentials for a while'),
  'no-credentials': seed('27: there are no credentials for a while'),
  'cron-twice': each('17: cron runs twice', 0.01, 0.1),
  'cron-late': each('17: cron runs minutes late', 0.01, 0.1),
  'cron-never': seed('17: cron does not run for 3 hours'),
  'clock-skew': seed("18: the parties' clocks differ by up to 10 minutes", 0.1, 0.3),
  'order-late': each('24: an order is delivered hours late', 0.01, 0.1),
  'order-doubled': each('24: an order is delivered twice', 0.01, 0.1),
  'order-reordered': each('24: an older order is delivered after a newer one', 0.01, 0.1),
  'read-model-down': each('22: the read model does not answer', 0.005, 0.05),
  'read-model-unsure': each('22: the read model writes and its answer is lost', 0.005, 0.05),
  'read-model-restored': seed('29: the read model is restored to what it was 6 hours before'),
  deploy: seed('28: a new config is deployed in mid-flight', 0.1, 0.2),
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
