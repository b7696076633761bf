DROP INDEX `open_records_state`;--> statement-breakpoint
CREATE INDEX `open_records_hour` ON `open_records` (`hour_ms`,`key`);--> statement-breakpoint
CREATE INDEX `open_records_state` ON `open_records` (`state`,`hour_ms`,`key`);