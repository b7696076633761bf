ALTER TABLE `inbox` ADD `customer_identifier` text;--> statement-breakpoint
CREATE INDEX `inbox_customer` ON `inbox` (`customer_identifier`) WHERE "inbox"."customer_identifier" is not null;