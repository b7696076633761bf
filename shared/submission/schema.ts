/** The Submitter's tables. Copies of records to send, never their home: that is the Ledger. Schema only. */
import type { Sql } from '../sql.ts'

const VERSION = 1

/**
 * `copies.state`: `waiting` to be sent, `flying` in a stored attempt, `settled` with a result its Ledger has not
 * acknowledged, `confirmed`. `place` says where a waiting copy stands (line.ts): 0 in the line, 1 paused until
 * `resume_ms`, 2 held by the stop named in `held`, 3 in one half of a refused batch, its `party`. `license` is the buyer
 * as AWS knows him. `lines` is what its Ledger made it of, for that Ledger to read back. `value` is quantity × price, padded so that text sorts as the number does. `windows` counts the
 * copies of one stamp and deadline: all that were offered, and those without a result; triggers keep it true. A copy that
 * is confirmed moves to `confirmed`, which holds what differs from hour to hour, and `sold`, which holds the rest, once.
 * `failures` counts by minute what failures.ts tells.
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
  lines text,
  deadline integer not null,
  final integer not null check (final in (0, 1)),
  price text not null,
  value text not null,
  offered_ms integer not null,
  state text not null check (state in ('waiting', 'flying', 'settled', 'confirmed')),
  place integer not null default 0 check (place between 0 and 3),
  held text,
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
  check ((place = 2) = (held is not null)),
  check (place <> 3 or party is not null),
  check (result <> 'billed' or (receipt is not null and attempt > 0))
) strict, without rowid;
create index if not exists copies_line on copies (product_code, kind, place, final, deadline, value desc)
  where state = 'waiting';
create index if not exists copies_paused on copies (product_code, resume_ms) where state = 'waiting' and place = 1;
create index if not exists copies_held on copies (product_code, held, refusals, final desc, deadline, value desc)
  where state = 'waiting' and place = 2;
create index if not exists copies_party on copies (party) where party is not null;
create index if not exists copies_late on copies (deadline) where state = 'waiting' and late_tries > 0;
create index if not exists copies_not_subscribed on copies (subscription, license)
  where not_subscribed_ms is not null and result is null;
create index if not exists copies_settled on copies (subscription) where state = 'settled';
create index if not exists copies_confirmed on copies (deadline) where state = 'confirmed';
create index if not exists copies_account on copies (product_code, account, hour) where account is not null;

create trigger if not exists copies_frozen before update of
  subscription, product_code, kind, identity, dimension, hour, timestamp, quantity, lines on copies
begin select raise(abort, 'a frozen record never changes'); end;
create trigger if not exists copies_kept before delete on copies
when old.state <> 'confirmed' and not (old.state = 'settled' and exists (
  select 1 from sold join confirmed on confirmed.sold = sold.id
    where sold.prefix = substr(old.key, 1, length(old.key) - length(old.hour) - 1) and confirmed.hour = old.hour
      and confirmed.attempt = old.attempt and confirmed.result = old.result))
begin select raise(abort, 'only a confirmed copy may be deleted'); end;

create table if not exists sold (
  id integer primary key,
  prefix text not null,
  subscription text not null,
  product text not null,
  product_code text not null,
  kind text not null,
  identity text not null,
  license text not null,
  account text,
  dimension text not null,
  price text not null
) strict;
create index if not exists sold_prefix on sold (prefix);
create index if not exists sold_subscription on sold (subscription);
create index if not exists sold_account on sold (product_code, account) where account is not null;

create table if not exists confirmed (
  sold integer not null,
  hour integer not null,
  timestamp integer not null,
  quantity integer not null,
  lines text,
  deadline integer not null,
  final integer not null,
  attempt integer not null,
  unanswered integer not null,
  round integer not null,
  result text not null,
  reason text,
  receipt text,
  settled_ms integer not null,
  primary key (sold, hour)
) strict, without rowid;
create trigger if not exists confirmed_frozen before update on confirmed
begin select raise(abort, 'a confirmed copy never changes'); end;

create table if not exists windows (
  product_code text not null,
  timestamp integer not null,
  deadline integer not null,
  final integer not null,
  offered integer not null,
  open integer not null check (open >= 0),
  primary key (deadline, timestamp, final, product_code)
) strict, without rowid;
create trigger if not exists copies_offered after insert on copies
begin
  insert into windows (product_code, timestamp, deadline, final, offered, open)
    values (new.product_code, new.timestamp, new.deadline, new.final, 1, 1)
    on conflict do update set offered = offered + 1, open = open + 1;
end;
create trigger if not exists copies_ended after update of state on copies
when (old.result is null) <> (new.result is null)
begin
  update windows set open = open + iif(new.result is null, 1, -1) where product_code = new.product_code
    and timestamp = new.timestamp and deadline = new.deadline and final = new.final;
end;
create trigger if not exists copies_tightened after update of deadline, final on copies
when old.deadline <> new.deadline or old.final <> new.final
begin
  update windows set offered = offered - 1, open = open - 1 where product_code = old.product_code
    and timestamp = old.timestamp and deadline = old.deadline and final = old.final;
  insert into windows (product_code, timestamp, deadline, final, offered, open)
    values (new.product_code, new.timestamp, new.deadline, new.final, 1, 1)
    on conflict do update set offered = offered + 1, open = open + 1;
end;

create table if not exists attempts (
  attempt integer primary key autoincrement,
  product_code text not null,
  probe text,
  made_ms integer not null,
  answered_ms integer,
  outcome text check (outcome in ('taken', 'halved', 'again', 'unanswered', 'stopped')),
  keys text not null,
  answers text,
  check ((answered_ms is null) = (answers is null))
) strict;
create index if not exists attempts_open on attempts (attempt) where answered_ms is null;

create table if not exists failures (minute integer primary key check (minute % 60000 = 0), failures integer not null) strict;
create trigger if not exists attempts_failed after update of outcome on attempts
when new.outcome in ('unanswered', 'stopped')
begin
  insert into failures values (new.answered_ms - new.answered_ms % 60000, 1)
    on conflict do update set failures = failures + 1;
end;
create trigger if not exists copies_failed after update of result on copies
when old.result is null and new.result <> 'billed'
begin
  insert into failures values (new.settled_ms - new.settled_ms % 60000, 1)
    on conflict do update set failures = failures + 1;
end;

create table if not exists let_go (key text primary key, round integer not null, at_ms integer not null) strict, without rowid;

create table if not exists lanes (
  product_code text primary key,
  kinds text not null,
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

create table if not exists releases (product_code text not null, held text not null, primary key (product_code, held)) strict, without rowid;

create table if not exists refusals (
  key text not null,
  product_code text not null,
  scope text not null,
  subject text not null,
  reason text not null,
  at_ms integer not null,
  primary key (product_code, scope, subject, reason, key)
) strict, without rowid;

create table if not exists pace (
  id integer primary key check (id = 1),
  halving_ms integer not null,
  parties integer not null,
  held integer not null default 0 check (held in (0, 1))
) strict;

create table if not exists subscriptions (
  subscription text primary key,
  enlisted_ms integer not null,
  visited_ms integer not null default 0,
  tried_ms integer not null default 0,
  visit_ms integer not null,
  asked_ms integer not null default 0,
  settle_ms integer,
  settle_failures integer not null default 0
) strict, without rowid;
create index if not exists subscriptions_settle on subscriptions (settle_ms) where settle_ms is not null;

create table if not exists alarms (
  subject text primary key,
  message text not null,
  since_ms integer not null,
  last_ms integer not null,
  over integer not null default 0 check (over in (0, 1))
) strict, without rowid;
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
