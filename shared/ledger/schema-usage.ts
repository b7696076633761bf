/** The tables of what was reported: ids and sequences seen, usage, keys, readings, peaks. No I/O of its own. */

export const USAGE = `
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
  hash INTEGER NOT NULL,
  reason TEXT NOT NULL,
  meter TEXT NOT NULL,
  hour INTEGER NOT NULL,
  amount TEXT,
  event TEXT,
  times INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  replayed_at INTEGER,
  batch TEXT,
  PRIMARY KEY (source, id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX refused_batch ON refused (batch);
CREATE INDEX refused_content ON refused (last_at) WHERE event <> '';

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
