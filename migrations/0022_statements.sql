CREATE TABLE "discrepancy_steps" (
	"fact_no" bigint GENERATED ALWAYS AS IDENTITY (sequence name "discrepancy_steps_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"discrepancy_id" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"step_no" smallint NOT NULL,
	"step" text NOT NULL,
	"operator" text NOT NULL,
	"reason" text,
	CONSTRAINT "discrepancy_steps_discrepancy_id_step_no_pk" PRIMARY KEY("discrepancy_id","step_no"),
	CONSTRAINT "discrepancy_steps_step" CHECK ("discrepancy_steps"."step" in ('taken','explained','closed','reopened'))
);
--> statement-breakpoint
CREATE TABLE "statement_findings" (
	"fact_no" bigint GENERATED ALWAYS AS IDENTITY (sequence name "statement_findings_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"discrepancy_id" bigint PRIMARY KEY NOT NULL,
	"statement_no" integer NOT NULL,
	"row" integer,
	"kind" text NOT NULL,
	"subject" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statement_imports" (
	"no" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "statement_imports_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"account" text NOT NULL,
	"operator" text NOT NULL,
	"state" text DEFAULT 'importing' NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"touched_at" timestamp with time zone DEFAULT now() NOT NULL,
	"discarded_at" timestamp with time zone,
	CONSTRAINT "statement_imports_state" CHECK ("statement_imports"."state" in ('importing','closed','same','refused','abandoned'))
);
--> statement-breakpoint
CREATE TABLE "statement_inbox" (
	"statement_no" integer NOT NULL,
	"row" integer NOT NULL,
	"amount" bigint NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"look_at" timestamp with time zone DEFAULT now() NOT NULL,
	"waits_from" timestamp with time zone DEFAULT now() NOT NULL,
	"account" text NOT NULL,
	"request_id" text,
	"word" text NOT NULL,
	"msisdn" text,
	"currency" text NOT NULL,
	CONSTRAINT "statement_inbox_statement_no_row_pk" PRIMARY KEY("statement_no","row")
);
--> statement-breakpoint
CREATE TABLE "statement_matches" (
	"statement_no" integer NOT NULL,
	"row" integer NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"other_amount" boolean NOT NULL,
	"other_discount" boolean NOT NULL,
	"other_phone" boolean NOT NULL,
	"other_status" boolean NOT NULL,
	"candidate" boolean DEFAULT false NOT NULL,
	"other_account" text,
	"state" text NOT NULL,
	CONSTRAINT "statement_matches_statement_no_row_pk" PRIMARY KEY("statement_no","row")
);
--> statement-breakpoint
CREATE TABLE "statement_rows" (
	"statement_no" integer NOT NULL,
	"row" integer NOT NULL,
	"amount" bigint NOT NULL,
	"discount" bigint,
	"content" bigint NOT NULL,
	"at" timestamp with time zone,
	"currency" text NOT NULL,
	"word" text NOT NULL,
	"request_id" text,
	"msisdn" text,
	CONSTRAINT "statement_rows_statement_no_row_pk" PRIMARY KEY("statement_no","row"),
	CONSTRAINT "statement_rows_word" CHECK ("statement_rows"."word" in ('Success','Failed','Sent'))
);
--> statement-breakpoint
CREATE TABLE "statement_words" (
	"fact_no" bigint GENERATED ALWAYS AS IDENTITY (sequence name "statement_words_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"statement_no" integer NOT NULL,
	"row" integer NOT NULL,
	"amount" bigint NOT NULL,
	"discount" bigint,
	"told_at" timestamp with time zone NOT NULL,
	"account" text NOT NULL,
	"request_id" text NOT NULL,
	"word" text NOT NULL,
	"currency" text NOT NULL,
	CONSTRAINT "statement_words_statement_no_row_pk" PRIMARY KEY("statement_no","row"),
	CONSTRAINT "statement_words_word" CHECK ("statement_words"."word" in ('Success','Failed'))
);
--> statement-breakpoint
CREATE TABLE "statements" (
	"fact_no" bigint GENERATED ALWAYS AS IDENTITY (sequence name "statements_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"no" integer PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"account" text NOT NULL,
	"period_from" timestamp with time zone NOT NULL,
	"period_to" timestamp with time zone NOT NULL,
	"sha256" "bytea" NOT NULL,
	"rows" integer NOT NULL,
	"sums" jsonb NOT NULL,
	"counts" jsonb NOT NULL,
	"profile" jsonb NOT NULL,
	"operator" text NOT NULL,
	CONSTRAINT "statements_period" CHECK ("statements"."period_from" < "statements"."period_to")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "statement_findings_subject" ON "statement_findings" USING btree ("kind","subject");--> statement-breakpoint
CREATE INDEX "statement_findings_statement" ON "statement_findings" USING btree ("statement_no");--> statement-breakpoint
CREATE INDEX "statement_imports_undiscarded" ON "statement_imports" USING btree ("no") WHERE "statement_imports"."discarded_at" is null and "statement_imports"."state" <> 'closed';--> statement-breakpoint
CREATE INDEX "statement_inbox_look_at" ON "statement_inbox" USING btree ("look_at");--> statement-breakpoint
CREATE INDEX "statement_inbox_waits_from" ON "statement_inbox" USING btree ("account","waits_from");--> statement-breakpoint
CREATE INDEX "statement_inbox_request_id" ON "statement_inbox" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "statement_inbox_wish" ON "statement_inbox" USING btree ("msisdn","currency","amount");--> statement-breakpoint
CREATE INDEX "statement_matches_line" ON "statement_matches" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE INDEX "statement_words_request_id" ON "statement_words" USING btree ("request_id");--> statement-breakpoint
CREATE UNIQUE INDEX "statements_file" ON "statements" USING btree ("account","sha256");