ALTER TABLE "batches" ADD COLUMN "released_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "not_before" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "quiet_from" time;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "quiet_until" time;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "quiet_zone" text;--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "corrects" integer;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "further_terms" jsonb;--> statement-breakpoint
CREATE INDEX "batches_expiring" ON "batches" USING btree ("expires_at") WHERE "batches"."expires_at" is not null and "batches"."state" in ('checked','released','paused');--> statement-breakpoint
CREATE INDEX "batches_correcting" ON "batches" USING btree ("corrects") WHERE "batches"."corrects" is not null;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_quiet" CHECK (num_nulls("batches"."quiet_from", "batches"."quiet_until", "batches"."quiet_zone") in (0, 3));