/**
 * The tables of one Ledger, whole from the first day (money.md). No I/O of its own. Amounts are TEXT (millionths), times
 * epoch ms, hours their first ms. What is frozen is kept by triggers: no code, however wrong, can change or delete it.
 */

const LIFECYCLE = `
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;

CREATE TABLE ledger (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  subscription TEXT NOT NULL,
  clock INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  order_version INTEGER NOT NULL DEFAULT 0,
  frozen_until INTEGER CHECK (frozen_until % 3600000 = 0),
  open_before INTEGER NOT NULL DEFAULT 0 CHECK (open_before IN (0, 1)),
  next_wake INTEGER,
  taken TEXT NOT NULL DEFAULT '{}',
  stopped TEXT,
  key_secret TEXT
) STRICT;

CREATE TABLE orders (version INTEGER PRIMARY KEY, body TEXT NOT NULL, received INTEGER NOT NULL) STRICT;

CREATE TABLE identities (
  from_hour INTEGER NOT NULL CHECK (from_hour % 3600000 = 0),
  identity_key TEXT NOT NULL,
  identity TEXT NOT NULL,
  PRIMARY KEY (from_hour, identity_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE lives (
  life INTEGER PRIMARY KEY,
  activation INTEGER,
  first_hour INTEGER CHECK (first_hour % 3600000 = 0),
  until_hour INTEGER CHECK (until_hour % 3600000 = 0),
  trial_until INTEGER CHECK (trial_until % 3600000 = 0),
  grace_until INTEGER CHECK (grace_until % 3600000 = 0),
  ending_at INTEGER,
  end_at INTEGER,
  take_until INTEGER,
  cause TEXT,
  predecessor TEXT
) STRICT;

CREATE TABLE taken_over (
  life INTEGER PRIMARY KEY,
  predecessor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asking', 'taken', 'alone')),
  since INTEGER NOT NULL,
  next INTEGER NOT NULL,
  decided INTEGER,
  why TEXT,
  month INTEGER,
  body TEXT,
  CHECK ((state = 'asking') = (decided IS NULL)),
  CHECK ((state = 'taken') = (month IS NOT NULL AND body IS NOT NULL)),
  CHECK ((state = 'alone') = (why IS NOT NULL))
) STRICT;

CREATE TABLE given (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  successor TEXT NOT NULL,
  life INTEGER NOT NULL,
  month INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE plans (from_hour INTEGER PRIMARY KEY CHECK (from_hour % 3600000 = 0), plan TEXT NOT NULL) STRICT;

CREATE TABLE configs (
  from_hour INTEGER PRIMARY KEY CHECK (from_hour % 3600000 = 0),
  config TEXT NOT NULL,
  terms TEXT NOT NULL
) STRICT;

CREATE TABLE amounts (
  dimension TEXT NOT NULL,
  from_hour INTEGER NOT NULL CHECK (from_hour % 3600000 = 0),
  amount TEXT,
  estimate TEXT,
  PRIMARY KEY (dimension, from_hour)
) STRICT, WITHOUT ROWID;
`

const USAGE = `
CREATE TABLE events (
  generation INTEGER NOT NULL,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  hash INTEGER NOT NULL,
  received INTEGER NOT NULL,
  PRIMARY KEY (generation, source, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences (
  generation INTEGER NOT NULL,
  source TEXT NOT NULL,
  epoch TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  received INTEGER NOT NULL,
  PRIMARY KEY (generation, source, epoch, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequence_floors (
  source TEXT NOT NULL,
  epoch TEXT NOT NULL,
  floor INTEGER NOT NULL,
  PRIMARY KEY (source, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
  hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),
  meter TEXT NOT NULL,
  life INTEGER NOT NULL,
  source TEXT NOT NULL,
  counted TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (hour, meter, life, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside (
  hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),
  meter TEXT NOT NULL,
  life INTEGER NOT NULL,
  source TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('month-closed', 'price-changed', 'trial', 'grace', 'voided')),
  amount TEXT NOT NULL,
  dropped TEXT NOT NULL DEFAULT '0',
  PRIMARY KEY (hour, meter, life, source, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  reason TEXT NOT NULL,
  meter TEXT NOT NULL,
  hour INTEGER NOT NULL,
  amount TEXT,
  event TEXT,
  times INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  replayed_at INTEGER,
  PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unique_keys (
  meter TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),
  life INTEGER NOT NULL,
  source TEXT NOT NULL,
  seen INTEGER NOT NULL,
  reason TEXT CHECK (reason IN ('month-closed', 'price-changed', 'trial', 'grace', 'voided')),
  PRIMARY KEY (meter, key_hash, hour, life, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE readings (
  meter TEXT NOT NULL,
  series TEXT NOT NULL,
  time INTEGER NOT NULL,
  life INTEGER NOT NULL,
  source TEXT NOT NULL,
  value TEXT NOT NULL,
  received INTEGER NOT NULL,
  PRIMARY KEY (meter, series, time, life, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_readings (
  meter TEXT NOT NULL,
  series TEXT NOT NULL,
  time INTEGER NOT NULL,
  life INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (meter, series)
) STRICT, WITHOUT ROWID;

CREATE TABLE integrals (
  dimension TEXT NOT NULL,
  hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),
  basis TEXT NOT NULL,
  used TEXT NOT NULL,
  PRIMARY KEY (dimension, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE integrated (
  dimension TEXT PRIMARY KEY,
  until_hour INTEGER NOT NULL CHECK (until_hour % 3600000 = 0)
) STRICT;

CREATE TABLE peaks (
  hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),
  meter TEXT NOT NULL,
  series TEXT NOT NULL,
  life INTEGER NOT NULL,
  source TEXT NOT NULL,
  peak TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (hour, meter, series, life, source)
) STRICT, WITHOUT ROWID;
`

const BILLING = `
CREATE TABLE periods (
  from_hour INTEGER PRIMARY KEY CHECK (from_hour % 3600000 = 0),
  until_hour INTEGER CHECK (until_hour > from_hour),
  month INTEGER NOT NULL,
  life INTEGER NOT NULL,
  trial INTEGER NOT NULL CHECK (trial IN (0, 1)),
  grace INTEGER NOT NULL CHECK (grace IN (0, 1)),
  plan TEXT,
  config TEXT NOT NULL,
  prices TEXT NOT NULL,
  carried_from TEXT
) STRICT;

CREATE TABLE tallies (
  dimension TEXT NOT NULL,
  period INTEGER NOT NULL REFERENCES periods (from_hour),
  used TEXT NOT NULL,
  covered TEXT NOT NULL,
  frozen TEXT NOT NULL,
  PRIMARY KEY (dimension, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE dimensions (
  dimension TEXT PRIMARY KEY,
  frozen_until INTEGER CHECK (frozen_until % 3600000 = 0),
  waiting TEXT,
  wait_until INTEGER
) STRICT;

CREATE TABLE records (
  key TEXT PRIMARY KEY,
  dimension TEXT NOT NULL,
  hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),
  timestamp INTEGER NOT NULL CHECK (timestamp % 1000 = 0 AND timestamp >= hour AND timestamp < hour + 3600000),
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 0 AND 2147483647),
  product TEXT NOT NULL,
  product_code TEXT NOT NULL,
  identity TEXT NOT NULL,
  price TEXT NOT NULL,
  allocations TEXT,
  config TEXT NOT NULL,
  life INTEGER NOT NULL,
  period INTEGER NOT NULL REFERENCES periods (from_hour),
  estimated INTEGER NOT NULL DEFAULT 0 CHECK (estimated IN (0, 1)),
  frozen_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'billed', 'doubtful', 'parked', 'expired', 'moved', 'written off')),
  reason TEXT,
  deadline INTEGER NOT NULL,
  final INTEGER NOT NULL CHECK (final IN (0, 1)),
  handed INTEGER NOT NULL DEFAULT 0 CHECK (handed IN (0, 1)),
  hold_until INTEGER,
  attempt INTEGER,
  receipt TEXT,
  unanswered INTEGER NOT NULL DEFAULT 0 CHECK (unanswered IN (0, 1)),
  round INTEGER NOT NULL DEFAULT 0,
  settled_at INTEGER,
  revision INTEGER NOT NULL,
  CHECK ((state = 'waiting') = (settled_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX records_to_hand ON records (deadline) WHERE handed = 0 AND state = 'waiting';
CREATE INDEX records_by_hour ON records (hour);

CREATE TABLE lines (
  record TEXT NOT NULL REFERENCES records (key),
  line INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('usage', 'adjustment')),
  period INTEGER REFERENCES periods (from_hour),
  from_record TEXT REFERENCES records (key),
  units INTEGER NOT NULL CHECK (units BETWEEN 0 AND 2147483647),
  PRIMARY KEY (record, line),
  CHECK ((kind = 'usage') = (period IS NOT NULL) AND (kind = 'adjustment') = (from_record IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE adjustments (
  from_record TEXT PRIMARY KEY REFERENCES records (key),
  dimension TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units BETWEEN 0 AND 2147483647),
  into_record TEXT REFERENCES records (key)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipts (
  record TEXT NOT NULL REFERENCES records (key),
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  receipt TEXT,
  unanswered INTEGER NOT NULL CHECK (unanswered IN (0, 1)),
  PRIMARY KEY (record, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
  id INTEGER PRIMARY KEY,
  dimension TEXT,
  since INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  released_at INTEGER
) STRICT;

CREATE TABLE repairs (
  entry INTEGER PRIMARY KEY,
  act_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('retry', 'move', 'write off', 'evidence', 'hold', 'release', 'void', 'bill aside',
    'drop aside', 'replay', 'restore check')),
  subject TEXT NOT NULL,
  sentence TEXT NOT NULL,
  value TEXT,
  act TEXT NOT NULL,
  before TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

CREATE TABLE restores (
  id INTEGER PRIMARY KEY,
  act_id TEXT NOT NULL UNIQUE,
  since INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  finished_at INTEGER,
  report TEXT NOT NULL
) STRICT;
`

/** A trigger that refuses an action on a table outright. */
const refuse = (table: string, action: string, sentence: string): string =>
  `CREATE TRIGGER ${table}_${action.toLowerCase().split(' ')[0]} BEFORE ${action} ON ${table}
BEGIN SELECT RAISE (ABORT, '${sentence}'); END;\n`

/** A second row under the same key, which REPLACE would slip past the trigger on deletes. */
const refuseSecond = (table: string, same: string): string =>
  `CREATE TRIGGER ${table}_second BEFORE INSERT ON ${table} WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${same})
BEGIN SELECT RAISE (ABORT, 'a row of ${table} is written once'); END;\n`

const FIXED =
  'key, dimension, hour, product, product_code, identity, price, allocations, config, life, period, estimated, frozen_at'

/** While a restore check is open, a record takes the quantity and stamp that went to AWS, and its lines with it (money §9). */
const CHECKED = 'WHEN NOT EXISTS (SELECT 1 FROM restores WHERE finished_at IS NULL)'

const TRIGGERS = [
  refuse('records', `UPDATE OF ${FIXED}`, 'a frozen record never changes'),
  `CREATE TRIGGER records_fixed BEFORE UPDATE OF timestamp, quantity ON records ${CHECKED}
BEGIN SELECT RAISE (ABORT, 'a frozen record never changes'); END;\n`,
  refuse('records', 'DELETE', 'a record is never deleted'),
  refuseSecond('records', 'key = NEW.key'),
  `CREATE TRIGGER records_billed BEFORE UPDATE OF state ON records WHEN OLD.state IN ('billed', 'moved', 'written off')
AND NEW.state <> OLD.state BEGIN SELECT RAISE (ABORT, 'this record has ended'); END;\n`,
  refuse('lines', 'UPDATE OF record, line, kind, period, from_record', 'a line never changes'),
  `CREATE TRIGGER lines_fixed BEFORE UPDATE OF units ON lines ${CHECKED}
BEGIN SELECT RAISE (ABORT, 'a line never changes'); END;\n`,
  refuse('lines', 'DELETE', 'a line is never deleted'),
  refuseSecond('lines', 'record = NEW.record AND line = NEW.line'),
  refuse('receipts', 'UPDATE', 'a receipt never changes'),
  refuse('receipts', 'DELETE', 'a receipt is never deleted'),
  refuse('given', 'UPDATE', 'what was given to a successor never changes'),
  refuse('given', 'DELETE', 'what was given to a successor is never deleted'),
  refuseSecond('given', 'one = NEW.one'),
  refuseSecond('receipts', 'record = NEW.record AND attempt = NEW.attempt'),
  refuse('repairs', 'UPDATE', 'the audit log never changes'),
  refuse('repairs', 'DELETE', 'the audit log never changes'),
  refuseSecond('repairs', 'entry = NEW.entry OR act_id = NEW.act_id'),
].join('')

/** The whole schema as one script. */
export const SCHEMA = LIFECYCLE + USAGE + BILLING + TRIGGERS
