/** The Submitter's tables. Copies of records to send, never their home: that is the Ledger. Schema only. */
import type { Sql } from '../sql.ts'

const VERSION = 1

/**
 * `copies.state`: `waiting` to be sent, `flying` in a stored attempt, `settled` with a result its Ledger has not
 * acknowledged, `confirmed`. `party`: the half it travels in while a refused batch is taken apart. `license` is the
 * buyer as AWS knows him. `value` is quantity × price, padded so that text sorts as the number does.
 */
const SCHEMA = `
create table if not exists schema_version (id integer primary key check (id = 1), version integer not null) strict;

create table if not exists copies (
  key text primary key,
  subscription text not null,
  product text not null,
  product_code text not null,
  kind text not null check (kind in ('license', 'product-account', 'product-customer')),
  identity text not null,
  license text not null,
  account text,
  dimension text not null,
  hour integer not null check (hour % 3600000 = 0),
  timestamp integer not null check (timestamp % 1000 = 0 and timestamp between hour and hour + 3599999),
  quantity integer not null check (quantity between 0 and 2147483647),
  deadline integer not null,
  final integer not null check (final in (0, 1)),
  price text not null,
  value text not null,
  offered_ms integer not null,
  state text not null check (state in ('waiting', 'flying', 'settled', 'confirmed')),
  resume_ms integer not null default 0,
  pauses integer not null default 0,
  refusals integer not null default 0,
  party integer,
  attempt integer not null default 0,
  unanswered integer not null default 0 check (unanswered in (0, 1)),
  late_tries integer not null default 0,
  round integer not null default 0,
  not_subscribed_ms integer,
  result text check (result in ('billed', 'doubtful', 'parked', 'expired')),
  reason text,
  receipt text,
  settled_ms integer,
  check ((state in ('settled', 'confirmed')) = (result is not null)),
  check (result <> 'billed' or (receipt is not null and attempt > 0))
) strict, without rowid;
create index if not exists copies_line on copies (product_code, kind, final desc, deadline, value desc)
  where state = 'waiting';
create index if not exists copies_party on copies (party) where party is not null;
create index if not exists copies_settled on copies (subscription) where state = 'settled';
create index if not exists copies_confirmed on copies (deadline) where state = 'confirmed';
create index if not exists copies_account on copies (product_code, account, hour) where account is not null;

create trigger if not exists copies_frozen before update of
  subscription, product_code, kind, identity, dimension, hour, timestamp, quantity on copies
begin select raise(abort, 'a frozen record never changes'); end;
create trigger if not exists copies_kept before delete on copies
when old.state <> 'confirmed'
begin select raise(abort, 'only a confirmed copy may be deleted'); end;

create table if not exists attempts (
  attempt integer primary key autoincrement,
  product_code text not null,
  keys text not null,
  probe text,
  made_ms integer not null,
  answered_ms integer,
  answers text,
  check ((answered_ms is null) = (answers is null))
) strict;
create index if not exists attempts_open on attempts (attempt) where answered_ms is null;

create table if not exists let_go (key text primary key, round integer not null, at_ms integer not null) strict, without rowid;

create table if not exists lanes (
  product_code text primary key,
  reason text,
  message text,
  stopped_ms integer,
  probe_ms integer,
  check ((reason is null) = (stopped_ms is null) and (reason is null) = (probe_ms is null))
) strict, without rowid;

create table if not exists stops (
  product_code text not null,
  scope text not null check (scope in ('dimension', 'license')),
  subject text not null,
  reason text not null,
  stopped_ms integer not null,
  probe_ms integer not null,
  primary key (product_code, scope, subject)
) strict, without rowid;

create table if not exists refusals (
  key text not null,
  product_code text not null,
  scope text not null,
  subject text not null,
  reason text not null,
  at_ms integer not null,
  primary key (product_code, scope, subject, reason, key)
) strict, without rowid;

create table if not exists pace (id integer primary key check (id = 1), halving_ms integer not null, parties integer not null) strict;

create table if not exists subscriptions (
  subscription text primary key,
  enlisted_ms integer not null,
  visited_ms integer not null default 0,
  visit_ms integer not null,
  settle_ms integer not null default 0,
  settle_failures integer not null default 0
) strict, without rowid;
create index if not exists subscriptions_visit on subscriptions (visit_ms);

create table if not exists alarms (subject text primary key, since_ms integer not null) strict, without rowid;
`

/** Makes the tables where they are missing. Throws for a database of a later version: its rules are not known here. */
export function prepareSchema(sql: Sql): void {
  sql.script(SCHEMA)
  sql.all('insert into schema_version (id, version) values (1, ?) on conflict do nothing', VERSION)
  sql.all('insert into pace (id, halving_ms, parties) values (1, 0, 0) on conflict do nothing')
  const [row] = sql.all<{ version: number }>('select version from schema_version')
  if (row?.version !== VERSION)
    throw new Error(
      `the Submitter's tables have version ${row?.version}, this program knows ${VERSION}: deploy the newer one`,
    )
}
