CREATE TABLE `refused_usage` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`door` text NOT NULL,
	`source` text NOT NULL,
	`event_id` text NOT NULL,
	`hash` integer NOT NULL,
	`reason` text NOT NULL,
	`message` text NOT NULL,
	`subscription` text,
	`product` text,
	`meter` text,
	`amount` text,
	`value` text,
	`hour_ms` integer,
	`event` text,
	`times` integer NOT NULL,
	`first_ms` integer NOT NULL,
	`last_ms` integer NOT NULL,
	`replayed_ms` integer,
	CONSTRAINT "refused_usage_door" CHECK("refused_usage"."door" in ('http', 'queue'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `refused_usage_event` ON `refused_usage` (`source`,`event_id`,`hash`);--> statement-breakpoint
CREATE INDEX `refused_usage_open` ON `refused_usage` (`number`) WHERE "refused_usage"."replayed_ms" is null;--> statement-breakpoint
CREATE INDEX `subscriptions_customer` ON `subscriptions` (`customer_identifier`) WHERE "subscriptions"."customer_identifier" is not null;