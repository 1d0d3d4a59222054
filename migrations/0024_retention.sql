CREATE TABLE "kept_references" (
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"reference" text NOT NULL,
	CONSTRAINT "kept_references_batch_no_seq_pk" PRIMARY KEY("batch_no","seq")
);
--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "emptied_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "batches_emptiable" ON "batches" USING btree ("state_at","batch_no") WHERE "batches"."state" in ('completed','cancelled') and ("batches"."emptied_at" is null or "batches"."emptied_at" < "batches"."state_at");--> statement-breakpoint
CREATE INDEX "submissions_receiving" ON "submissions" USING btree ("no") WHERE "submissions"."state" = 'receiving';