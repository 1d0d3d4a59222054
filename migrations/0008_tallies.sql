CREATE TABLE "marks" (
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"state" text NOT NULL,
	"said" text NOT NULL,
	CONSTRAINT "marks_state_batch_no_seq_pk" PRIMARY KEY("state","batch_no","seq")
);
--> statement-breakpoint
CREATE TABLE "tallies" (
	"batch_no" integer NOT NULL,
	"lines" integer NOT NULL,
	"amount" bigint NOT NULL,
	"discount" bigint NOT NULL,
	"folded" boolean DEFAULT false NOT NULL,
	"state" text NOT NULL,
	"currency" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "tallies_batch" ON "tallies" USING btree ("batch_no");--> statement-breakpoint
CREATE INDEX "tallies_unfolded" ON "tallies" USING btree ("batch_no") WHERE not "tallies"."folded";--> statement-breakpoint
CREATE INDEX "batches_client_reference" ON "batches" USING btree ("client_reference");