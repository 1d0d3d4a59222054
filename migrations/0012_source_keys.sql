ALTER TABLE "sources" ADD COLUMN "previous_key" text;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "previous_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "rotated_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "revoked_at" timestamp with time zone;