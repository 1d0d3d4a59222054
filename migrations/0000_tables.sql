CREATE TABLE "batch_sums" (
	"batch_no" integer NOT NULL,
	"currency" text NOT NULL,
	"lines" integer NOT NULL,
	"amount" bigint NOT NULL,
	CONSTRAINT "batch_sums_batch_no_currency_pk" PRIMARY KEY("batch_no","currency")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"client_reference" text NOT NULL,
	"state" text NOT NULL,
	"state_reason" text,
	"batch_no" integer,
	"content_hash" text,
	"rows" integer,
	"lines" integer,
	"rejected" integer,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"state_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "batches_state" CHECK ("batches"."state" in ('receiving','checked','released','paused','completed','refused','abandoned','cancelled')),
	CONSTRAINT "batches_numbered" CHECK (("batches"."batch_no" is not null) = ("batches"."state" not in ('receiving','refused','abandoned')))
);
--> statement-breakpoint
CREATE TABLE "ledgers" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ledgers_only" CHECK ("ledgers"."only")
);
--> statement-breakpoint
CREATE TABLE "line_references" (
	"source" text NOT NULL,
	"reference" text NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	CONSTRAINT "line_references_source_reference_pk" PRIMARY KEY("source","reference")
);
--> statement-breakpoint
CREATE TABLE "pages" (
	"submission_no" integer NOT NULL,
	"page" integer NOT NULL,
	"hash" text NOT NULL,
	"rows" integer NOT NULL,
	"control_sums" jsonb NOT NULL,
	"taken_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pages_submission_no_page_pk" PRIMARY KEY("submission_no","page")
);
--> statement-breakpoint
CREATE TABLE "rejections" (
	"submission_no" integer NOT NULL,
	"row" integer NOT NULL,
	"reason" text NOT NULL,
	"column_name" text,
	"detail" text NOT NULL,
	CONSTRAINT "rejections_submission_no_row_pk" PRIMARY KEY("submission_no","row")
);
--> statement-breakpoint
CREATE TABLE "sources" (
	"name" text PRIMARY KEY NOT NULL,
	"public_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"no" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "submissions_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"batch_id" uuid NOT NULL,
	"state" text DEFAULT 'receiving' NOT NULL,
	"declared_pages" integer,
	"declared_rows" integer,
	"declared_content_hash" text,
	"declared_sums" jsonb,
	"on_rejections" text,
	"allow_duplicates" boolean,
	"mismatches" text[],
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"decided_at" timestamp with time zone,
	"discarded_at" timestamp with time zone,
	CONSTRAINT "submissions_state" CHECK ("submissions"."state" in ('receiving','accepted','same','conflict','refused'))
);
--> statement-breakpoint
CREATE TABLE "chunks" (
	"batch_no" integer NOT NULL,
	"chunk" integer NOT NULL,
	"first_seq" integer NOT NULL,
	"last_seq" integer NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp with time zone,
	"rescue_at" timestamp with time zone,
	"generation" integer DEFAULT 0 NOT NULL,
	"dispatched_at" timestamp with time zone,
	"not_before" timestamp with time zone,
	CONSTRAINT "chunks_batch_no_chunk_pk" PRIMARY KEY("batch_no","chunk"),
	CONSTRAINT "chunks_state" CHECK ("chunks"."state" in ('open','done'))
);
--> statement-breakpoint
CREATE TABLE "lines" (
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"amount" bigint NOT NULL,
	"discount" bigint,
	"not_before" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempt_no" smallint DEFAULT 0 NOT NULL,
	"currency" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	CONSTRAINT "lines_batch_no_seq_pk" PRIMARY KEY("batch_no","seq"),
	CONSTRAINT "lines_amount" CHECK ("lines"."amount" > 0),
	CONSTRAINT "lines_state" CHECK ("lines"."state" in ('pending','queued','held','sending','sent','succeeded','failed','unresolved','cancelled'))
);
--> statement-breakpoint
CREATE TABLE "recipients" (
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"msisdn" text NOT NULL,
	"reference" text,
	"note" text,
	CONSTRAINT "recipients_batch_no_seq_pk" PRIMARY KEY("batch_no","seq")
);
--> statement-breakpoint
CREATE TABLE "slots" (
	"account" text NOT NULL,
	"msisdn" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	CONSTRAINT "slots_account_msisdn_currency_amount_pk" PRIMARY KEY("account","msisdn","currency","amount")
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"batch_no" integer PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "controls" (
	"scope" text PRIMARY KEY NOT NULL,
	"stopped" boolean DEFAULT false NOT NULL,
	"reason" text,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"operator" text
);
--> statement-breakpoint
CREATE TABLE "operator_actions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "operator_actions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"operator" text NOT NULL,
	"verb" text NOT NULL,
	"subject" text NOT NULL,
	"batch_id" uuid,
	"reason" text,
	"detail" jsonb
);
--> statement-breakpoint
CREATE TABLE "answer_bodies" (
	"attempt_id" bigint NOT NULL,
	"send_no" smallint NOT NULL,
	"body" text NOT NULL,
	CONSTRAINT "answer_bodies_attempt_id_send_no_pk" PRIMARY KEY("attempt_id","send_no")
);
--> statement-breakpoint
CREATE TABLE "answers" (
	"attempt_id" bigint NOT NULL,
	"send_no" smallint NOT NULL,
	"http_status" smallint,
	"num_sent" integer,
	"took_ms" integer NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"reason" text,
	"error_message" text,
	"total_amount" text,
	"total_discount" text,
	"body_sha256" "bytea",
	CONSTRAINT "answers_attempt_id_send_no_pk" PRIMARY KEY("attempt_id","send_no"),
	CONSTRAINT "answers_kind" CHECK ("answers"."kind" in ('response','not_sent','lost'))
);
--> statement-breakpoint
CREATE TABLE "attempt_lines" (
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"attempt_no" smallint NOT NULL,
	"attempt_id" bigint NOT NULL,
	CONSTRAINT "attempt_lines_batch_no_seq_attempt_no_pk" PRIMARY KEY("batch_no","seq","attempt_no")
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "attempts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"batch_no" integer NOT NULL,
	"chunk" integer NOT NULL,
	"lines" smallint NOT NULL,
	"account" text NOT NULL,
	"idempotency_key" "bytea" NOT NULL,
	"body_sha256" "bytea" NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "discrepancies" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "discrepancies_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"batch_no" integer,
	"seq" integer,
	"attempt_id" bigint,
	"detail" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "endings" (
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"attempt_no" smallint NOT NULL,
	"send_no" smallint NOT NULL,
	"amount" bigint,
	"discount" bigint,
	"kind" text NOT NULL,
	"scope" text,
	"reason" text,
	"request_id" text,
	"status" text,
	"error_text" text,
	"amount_currency" text,
	"discount_currency" text,
	CONSTRAINT "endings_batch_no_seq_attempt_no_send_no_pk" PRIMARY KEY("batch_no","seq","attempt_no","send_no"),
	CONSTRAINT "endings_kind" CHECK ("endings"."kind" in ('accepted','refused','not_sent','duplicate','unknown')),
	CONSTRAINT "endings_accepted" CHECK (("endings"."kind" = 'accepted') = ("endings"."request_id" is not null)),
	CONSTRAINT "endings_scope" CHECK (("endings"."kind" = 'refused') = ("endings"."scope" is not null))
);
--> statement-breakpoint
CREATE TABLE "sends" (
	"attempt_id" bigint NOT NULL,
	"send_no" smallint NOT NULL,
	"epoch" integer NOT NULL,
	"send_by" timestamp with time zone NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"worker" text NOT NULL,
	CONSTRAINT "sends_attempt_id_send_no_pk" PRIMARY KEY("attempt_id","send_no")
);
--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_source_sources_name_fk" FOREIGN KEY ("source") REFERENCES "public"."sources"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "batches_source_reference" ON "batches" USING btree ("source","client_reference");--> statement-breakpoint
CREATE UNIQUE INDEX "batches_batch_no" ON "batches" USING btree ("batch_no");--> statement-breakpoint
CREATE INDEX "batches_created_at" ON "batches" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_id" ON "submissions" USING btree ("id");--> statement-breakpoint
CREATE INDEX "submissions_batch" ON "submissions" USING btree ("batch_id");--> statement-breakpoint
CREATE INDEX "submissions_undiscarded" ON "submissions" USING btree ("no") WHERE "submissions"."discarded_at" is null and "submissions"."state" in ('same','conflict','refused');--> statement-breakpoint
CREATE INDEX "chunks_ready" ON "chunks" USING btree ("batch_no","chunk") WHERE "chunks"."state" = 'open' and "chunks"."dispatched_at" is null and "chunks"."lease_token" is null;--> statement-breakpoint
CREATE INDEX "chunks_dispatched" ON "chunks" USING btree ("dispatched_at") WHERE "chunks"."dispatched_at" is not null;--> statement-breakpoint
CREATE INDEX "chunks_leased" ON "chunks" USING btree ("rescue_at") WHERE "chunks"."lease_token" is not null;--> statement-breakpoint
CREATE INDEX "chunks_open" ON "chunks" USING btree ("batch_no") WHERE "chunks"."state" = 'open';--> statement-breakpoint
CREATE INDEX "recipients_msisdn" ON "recipients" USING btree ("msisdn");--> statement-breakpoint
CREATE INDEX "slots_line" ON "slots" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE INDEX "turns_due" ON "turns" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "operator_actions_batch" ON "operator_actions" USING btree ("batch_id");--> statement-breakpoint
CREATE UNIQUE INDEX "endings_request_id" ON "endings" USING btree ("request_id") WHERE "endings"."request_id" is not null;