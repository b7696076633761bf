/**
 * The tables of one Ledger, whole from the first day (money.md). No I/O of its own. Amounts are TEXT (millionths), times
 * epoch ms, hours their first ms. What is frozen is kept by triggers: no code, however wrong, can change or delete it.
 */
import { USAGE } from './schema-usage.ts'
import { TRIGGERS } from './triggers.ts'

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

CREATE TABLE changed (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  since INTEGER NOT NULL,
  from_hour INTEGER NOT NULL
) STRICT;
INSERT INTO changed (one, since, from_hour) VALUES (1, 0, 0);

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

/** The whole schema as one script. */
export const SCHEMA = LIFECYCLE + USAGE + BILLING + TRIGGERS
