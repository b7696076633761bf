CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`sha256` text NOT NULL,
	`name` text NOT NULL,
	`products` text,
	`created_ms` integer NOT NULL,
	`revoked_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_sha256_unique` ON `api_keys` (`sha256`);--> statement-breakpoint
CREATE TABLE `contacts` (
	`subscription` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`fields` text DEFAULT '{}' NOT NULL,
	`created_ms` integer NOT NULL,
	`updated_ms` integer NOT NULL,
	FOREIGN KEY (`subscription`) REFERENCES `subscriptions`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `identities` (
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`product_code` text NOT NULL,
	`region` text NOT NULL,
	`subscription` text NOT NULL,
	`from_hour_ms` integer NOT NULL,
	PRIMARY KEY(`kind`, `value`, `product_code`, `subscription`),
	FOREIGN KEY (`subscription`) REFERENCES `subscriptions`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "identities_hour" CHECK("identities"."from_hour_ms" % 3600000 = 0)
);
--> statement-breakpoint
CREATE INDEX `identities_subscription` ON `identities` (`subscription`);--> statement-breakpoint
CREATE TABLE `inbox` (
	`id` text PRIMARY KEY NOT NULL,
	`source` text NOT NULL,
	`detail_type` text NOT NULL,
	`time_ms` integer NOT NULL,
	`agreement_id` text,
	`license_tail` text,
	`product_code` text,
	`account` text,
	`body` text NOT NULL,
	`received_ms` integer NOT NULL,
	`state` text NOT NULL,
	`note` text,
	CONSTRAINT "inbox_state" CHECK("inbox"."state" in ('waiting', 'applied', 'kept'))
);
--> statement-breakpoint
CREATE INDEX `inbox_agreement` ON `inbox` (`agreement_id`);--> statement-breakpoint
CREATE INDEX `inbox_license` ON `inbox` (`license_tail`);--> statement-breakpoint
CREATE INDEX `inbox_waiting` ON `inbox` (`received_ms`) WHERE "inbox"."state" = 'waiting';--> statement-breakpoint
CREATE TABLE `open_records` (
	`key` text PRIMARY KEY NOT NULL,
	`subscription` text NOT NULL,
	`product` text NOT NULL,
	`dimension` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`quantity` integer NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`deadline_ms` integer NOT NULL,
	`revision` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `open_records_subscription` ON `open_records` (`subscription`);--> statement-breakpoint
CREATE INDEX `open_records_state` ON `open_records` (`product`,`state`);--> statement-breakpoint
CREATE TABLE `orders` (
	`subscription` text NOT NULL,
	`version` integer NOT NULL,
	`body` text NOT NULL,
	`created_ms` integer NOT NULL,
	`delivered_ms` integer,
	PRIMARY KEY(`subscription`, `version`),
	FOREIGN KEY (`subscription`) REFERENCES `subscriptions`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `orders_undelivered` ON `orders` (`created_ms`) WHERE "orders"."delivered_ms" is null;--> statement-breakpoint
CREATE TABLE `registrations` (
	`id` text PRIMARY KEY NOT NULL,
	`token_sha256` text NOT NULL,
	`subscription` text NOT NULL,
	`offer_type_hint` text,
	`created_ms` integer NOT NULL,
	`completed_ms` integer,
	FOREIGN KEY (`subscription`) REFERENCES `subscriptions`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `registrations_token_sha256_unique` ON `registrations` (`token_sha256`);--> statement-breakpoint
CREATE INDEX `registrations_subscription` ON `registrations` (`subscription`);--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`version` integer DEFAULT 0 NOT NULL,
	`product` text NOT NULL,
	`product_code` text NOT NULL,
	`account` text NOT NULL,
	`license_arn` text,
	`license_tail` text,
	`customer_identifier` text,
	`agreement_id` text,
	`state` text DEFAULT 'pending' NOT NULL,
	`detail` text DEFAULT '{}' NOT NULL,
	`plan` text,
	`entitlements` text,
	`due_ms` integer,
	`created_ms` integer NOT NULL,
	`updated_ms` integer NOT NULL,
	CONSTRAINT "subscriptions_state" CHECK("subscriptions"."state" in ('pending', 'active', 'ending', 'ended'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `subscriptions_license` ON `subscriptions` (`license_tail`);--> statement-breakpoint
CREATE UNIQUE INDEX `subscriptions_agreement` ON `subscriptions` (`agreement_id`);--> statement-breakpoint
CREATE INDEX `subscriptions_account` ON `subscriptions` (`account`,`product`);--> statement-breakpoint
CREATE INDEX `subscriptions_due` ON `subscriptions` (`due_ms`) WHERE "subscriptions"."due_ms" is not null;--> statement-breakpoint
CREATE TABLE `switches` (
	`product_code` text NOT NULL,
	`account` text NOT NULL,
	`from_hour_ms` integer NOT NULL,
	`kind` text NOT NULL,
	PRIMARY KEY(`product_code`, `account`, `from_hour_ms`)
);
--> statement-breakpoint
CREATE TABLE `usage_days` (
	`subscription` text NOT NULL,
	`dimension` text NOT NULL,
	`day_ms` integer NOT NULL,
	`counted` text NOT NULL,
	`billed` text NOT NULL,
	`revision` integer NOT NULL,
	PRIMARY KEY(`subscription`, `dimension`, `day_ms`)
);
