CREATE TABLE "archive" (
	"height" bigint PRIMARY KEY,
	"block" bytea NOT NULL,
	"results" bytea NOT NULL,
	"witness" bytea
);
--> statement-breakpoint
CREATE TABLE "artifacts" (
	"id" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"kind" text NOT NULL,
	"digest" bytea NOT NULL,
	"publisher" text NOT NULL,
	"name" text NOT NULL,
	"licence" text NOT NULL,
	"source_digest" bytea,
	"uris" jsonb NOT NULL,
	"program" jsonb,
	"weights_root" bytea,
	"tolerance_abs" text NOT NULL,
	"tolerance_rel" text NOT NULL,
	"manifest_root" bytea,
	"entries" numeric(20,0) NOT NULL,
	"status" text NOT NULL,
	"status_reason" text,
	"height" bigint NOT NULL,
	CONSTRAINT "artifacts_pkey" PRIMARY KEY("id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "beacon_rounds" (
	"round" bigint PRIMARY KEY,
	"height" bigint NOT NULL,
	"randomness" bytea NOT NULL,
	"signature" bytea NOT NULL,
	"poster" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"height" bigint PRIMARY KEY,
	"hash" bytea NOT NULL,
	"time" timestamp(6) with time zone NOT NULL,
	"proposer" bytea NOT NULL,
	"tx_count" integer NOT NULL,
	"event_count" integer NOT NULL,
	"data_hash" bytea NOT NULL,
	"app_hash" bytea NOT NULL,
	"results_hash" bytea NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cursor" (
	"id" integer PRIMARY KEY,
	"chain_id" text NOT NULL,
	"genesis_hash" bytea NOT NULL,
	"initial_height" bigint NOT NULL,
	"height" bigint NOT NULL,
	"hash" bytea,
	"parts_total" integer,
	"parts_hash" bytea,
	"projection" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "demands" (
	"id" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"job_id" bigint NOT NULL,
	"sender" text NOT NULL,
	"drawn" boolean NOT NULL,
	"tensors" jsonb NOT NULL,
	"bytes" numeric(20,0) NOT NULL,
	"serve_fee" numeric(78,0) NOT NULL,
	"demand_fee" numeric(78,0) NOT NULL,
	"state" text NOT NULL,
	"height" bigint NOT NULL,
	"deadline" bigint,
	"served_by" text,
	"served_height" bigint,
	CONSTRAINT "demands_pkey" PRIMARY KEY("id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "deposits" (
	"height" bigint,
	"position" integer,
	"proposal_id" bigint NOT NULL,
	"depositor" text NOT NULL,
	"amount" text NOT NULL,
	CONSTRAINT "deposits_pkey" PRIMARY KEY("height","position")
);
--> statement-breakpoint
CREATE TABLE "disputes" (
	"job_id" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"cause" text NOT NULL,
	"phase" text NOT NULL,
	"challenger" text,
	"drawn" boolean NOT NULL,
	"joined" jsonb NOT NULL,
	"fee" numeric(78,0) NOT NULL,
	"opened_height" bigint,
	"worker" text NOT NULL,
	"trace_clock_running" boolean NOT NULL,
	"trace_deadline" bigint,
	"trace_root" bytea,
	"published_height" bigint,
	"prove_deadline" bigint,
	"prove_left" numeric(20,0) NOT NULL,
	"demand_count" numeric(20,0) NOT NULL,
	"open_demands" numeric(20,0) NOT NULL,
	"live_commitments" numeric(20,0) NOT NULL,
	"reason" text,
	"prover" text,
	"explanation" jsonb,
	"proof_hash" bytea,
	"proof_height" bigint,
	"proof_size" numeric(20,0),
	"end_height" bigint,
	CONSTRAINT "disputes_pkey" PRIMARY KEY("job_id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "duties" (
	"job_id" bigint,
	"operator" text,
	"valid_from" bigint,
	"valid_to" bigint,
	"rank" bigint NOT NULL,
	"verdict" text,
	"attested_height" bigint,
	CONSTRAINT "duties_pkey" PRIMARY KEY("job_id","operator","valid_from")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"height" bigint,
	"position" integer,
	"tx_index" integer,
	"msg_index" integer,
	"type" text NOT NULL,
	"attributes" jsonb NOT NULL,
	CONSTRAINT "events_pkey" PRIMARY KEY("height","position")
);
--> statement-breakpoint
CREATE TABLE "fault_commitments" (
	"id" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"job_id" bigint NOT NULL,
	"sender" text NOT NULL,
	"hash" bytea NOT NULL,
	"height" bigint NOT NULL,
	"deadline" bigint NOT NULL,
	"bond" numeric(78,0) NOT NULL,
	"state" text NOT NULL,
	"from_deposit" boolean NOT NULL,
	CONSTRAINT "fault_commitments_pkey" PRIMARY KEY("id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "genesis_archive" (
	"id" integer PRIMARY KEY,
	"document" bytea NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_inputs" (
	"job_id" bigint,
	"index" integer,
	"height" bigint NOT NULL,
	"data_root" bytea NOT NULL,
	"uris" jsonb NOT NULL,
	"dataset_id" bigint,
	"path" text,
	CONSTRAINT "job_inputs_pkey" PRIMARY KEY("job_id","index")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"cause" text NOT NULL,
	"requester" text NOT NULL,
	"artifact_id" bigint NOT NULL,
	"artifact_digest" bytea NOT NULL,
	"program" jsonb NOT NULL,
	"weights_root" bytea NOT NULL,
	"input_root" bytea NOT NULL,
	"fee" numeric(78,0) NOT NULL,
	"profile" text NOT NULL,
	"tolerance_abs" text NOT NULL,
	"tolerance_rel" text NOT NULL,
	"eager" boolean NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"submit_height" bigint NOT NULL,
	"deadline" bigint,
	"worker" text,
	"bond" numeric(78,0) NOT NULL,
	"deposit" numeric(78,0) NOT NULL,
	"claim_height" bigint,
	"params_version" numeric(20,0),
	"dispute_params_version" numeric(20,0),
	"referee_version" bigint,
	"snapshot_epoch" numeric(20,0),
	"lambda_ppm" numeric(20,0),
	"output_root" bytea,
	"output_data_roots" jsonb NOT NULL,
	"trace_root" bytea,
	"commitment" bytea,
	"execution" jsonb,
	"commit_height" bigint,
	"beacon_round" bigint,
	"beacon_tries" bigint NOT NULL,
	"drawn_height" bigint,
	"ready" bigint,
	"duties" bigint NOT NULL,
	"fulfilled" bigint NOT NULL,
	"end_height" bigint,
	CONSTRAINT "jobs_pkey" PRIMARY KEY("id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "judgements" (
	"height" bigint,
	"position" integer,
	"job_id" bigint NOT NULL,
	"commitment_id" bigint NOT NULL,
	"prover" text NOT NULL,
	"convicted" boolean NOT NULL,
	"code" text,
	"message" text,
	"explanation" jsonb,
	"proof_hash" bytea,
	CONSTRAINT "judgements_pkey" PRIMARY KEY("height","position")
);
--> statement-breakpoint
CREATE TABLE "lineage_edges" (
	"source" text,
	"target" text,
	"role" text,
	"height" bigint NOT NULL,
	"evidence" text,
	"path" text DEFAULT '',
	CONSTRAINT "lineage_edges_pkey" PRIMARY KEY("source","target","role","path")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"height" bigint,
	"tx_index" integer,
	"path" text,
	"type_url" text NOT NULL,
	"executed" boolean NOT NULL,
	"value" jsonb,
	"raw" bytea,
	"response" bytea,
	CONSTRAINT "messages_pkey" PRIMARY KEY("height","tx_index","path")
);
--> statement-breakpoint
CREATE TABLE "params" (
	"module" text,
	"valid_from" bigint,
	"valid_to" bigint,
	"version" numeric(20,0),
	"value" jsonb NOT NULL,
	"proposal_id" bigint,
	CONSTRAINT "params_pkey" PRIMARY KEY("module","valid_from")
);
--> statement-breakpoint
CREATE TABLE "payments" (
	"height" bigint,
	"position" integer,
	"job_id" bigint NOT NULL,
	"recipient" text NOT NULL,
	"amount" numeric(78,0) NOT NULL,
	"purpose" text NOT NULL,
	CONSTRAINT "payments_pkey" PRIMARY KEY("height","position")
);
--> statement-breakpoint
CREATE TABLE "policies" (
	"digest" bytea,
	"valid_from" bigint,
	"valid_to" bigint,
	"status" text NOT NULL,
	"lambda_ppm" numeric(20,0) NOT NULL,
	"tolerance_abs" text,
	"tolerance_rel" text,
	"reason" text NOT NULL,
	CONSTRAINT "policies_pkey" PRIMARY KEY("digest","valid_from")
);
--> statement-breakpoint
CREATE TABLE "proposals" (
	"id" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"proposer" text NOT NULL,
	"title" text NOT NULL,
	"summary" text NOT NULL,
	"metadata" text NOT NULL,
	"expedited" boolean NOT NULL,
	"messages" jsonb NOT NULL,
	"status" text NOT NULL,
	"submit_height" bigint NOT NULL,
	"voting_start_height" bigint,
	"end_height" bigint,
	"log" text,
	"tally" jsonb,
	CONSTRAINT "proposals_pkey" PRIMARY KEY("id","valid_from")
);
--> statement-breakpoint
CREATE TABLE "relay_payments" (
	"height" bigint,
	"position" integer,
	"round" bigint NOT NULL,
	"job_id" bigint NOT NULL,
	"poster" text NOT NULL,
	"amount" numeric(78,0) NOT NULL,
	CONSTRAINT "relay_payments_pkey" PRIMARY KEY("height","position")
);
--> statement-breakpoint
CREATE TABLE "rewards" (
	"height" bigint,
	"position" integer,
	"job_id" bigint NOT NULL,
	"commitment_id" bigint NOT NULL,
	"prover" text NOT NULL,
	"amount" numeric(78,0) NOT NULL,
	CONSTRAINT "rewards_pkey" PRIMARY KEY("height","position")
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"number" bigint,
	"valid_from" bigint,
	"valid_to" bigint,
	"height" bigint NOT NULL,
	"total_power" numeric(20,0) NOT NULL,
	"entries" jsonb NOT NULL,
	CONSTRAINT "snapshots_pkey" PRIMARY KEY("number","valid_from")
);
--> statement-breakpoint
CREATE TABLE "tip" (
	"id" integer PRIMARY KEY,
	"height" bigint NOT NULL,
	"seen_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transactions" (
	"height" bigint,
	"index" integer,
	"hash" bytea NOT NULL,
	"code" bigint NOT NULL,
	"codespace" text NOT NULL,
	"log" text NOT NULL,
	"gas_wanted" bigint NOT NULL,
	"gas_used" bigint NOT NULL,
	"fee" jsonb NOT NULL,
	"memo" text NOT NULL,
	"decoded" boolean NOT NULL,
	CONSTRAINT "transactions_pkey" PRIMARY KEY("height","index")
);
--> statement-breakpoint
CREATE TABLE "verifiers" (
	"operator" text,
	"valid_from" bigint,
	"valid_to" bigint,
	"cause" text NOT NULL,
	"deposit" numeric(78,0) NOT NULL,
	"owner" text,
	"height" bigint NOT NULL,
	"leaving" boolean NOT NULL,
	"leave_job" numeric(20,0) NOT NULL,
	"duty_count" numeric(20,0) NOT NULL,
	"attested" numeric(20,0) NOT NULL,
	CONSTRAINT "verifiers_pkey" PRIMARY KEY("operator","valid_from")
);
--> statement-breakpoint
CREATE TABLE "votes" (
	"proposal_id" bigint,
	"voter" text,
	"valid_from" bigint,
	"valid_to" bigint,
	"options" jsonb NOT NULL,
	CONSTRAINT "votes_pkey" PRIMARY KEY("proposal_id","voter","valid_from")
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"address" text,
	"valid_from" bigint,
	"valid_to" bigint,
	"endpoint" text NOT NULL,
	"owner" text,
	"height" bigint NOT NULL,
	"active_jobs" numeric(20,0) NOT NULL,
	CONSTRAINT "workers_pkey" PRIMARY KEY("address","valid_from")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "artifacts_id_index" ON "artifacts" ("id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "artifacts_digest" ON "artifacts" ("digest");--> statement-breakpoint
CREATE INDEX "artifacts_current_kind" ON "artifacts" ("kind","id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE UNIQUE INDEX "demands_id_index" ON "demands" ("id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "demands_job" ON "demands" ("job_id");--> statement-breakpoint
CREATE INDEX "deposits_proposal_id_index" ON "deposits" ("proposal_id");--> statement-breakpoint
CREATE UNIQUE INDEX "disputes_job_id_index" ON "disputes" ("job_id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "disputes_current_phase" ON "disputes" ("phase") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE UNIQUE INDEX "duties_job_id_operator_index" ON "duties" ("job_id","operator") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "duties_operator" ON "duties" ("operator","job_id");--> statement-breakpoint
CREATE INDEX "events_type_height_index" ON "events" ("type","height");--> statement-breakpoint
CREATE UNIQUE INDEX "fault_commitments_id_index" ON "fault_commitments" ("id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "fault_commitments_job" ON "fault_commitments" ("job_id");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_id_index" ON "jobs" ("id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "jobs_current_state" ON "jobs" ("state","id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "jobs_requester" ON "jobs" ("requester","id");--> statement-breakpoint
CREATE INDEX "jobs_worker" ON "jobs" ("worker","id");--> statement-breakpoint
CREATE INDEX "jobs_artifact" ON "jobs" ("artifact_id","id");--> statement-breakpoint
CREATE INDEX "judgements_job_id_index" ON "judgements" ("job_id");--> statement-breakpoint
CREATE INDEX "lineage_edges_target_index" ON "lineage_edges" ("target");--> statement-breakpoint
CREATE INDEX "messages_type_url_height_index" ON "messages" ("type_url","height");--> statement-breakpoint
CREATE UNIQUE INDEX "params_module_index" ON "params" ("module") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "params_proposal" ON "params" ("proposal_id");--> statement-breakpoint
CREATE INDEX "payments_job_id_index" ON "payments" ("job_id");--> statement-breakpoint
CREATE INDEX "payments_recipient_height_index" ON "payments" ("recipient","height");--> statement-breakpoint
CREATE UNIQUE INDEX "policies_digest_index" ON "policies" ("digest") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE UNIQUE INDEX "proposals_id_index" ON "proposals" ("id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "proposals_current_status" ON "proposals" ("status","id") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "relay_payments_round_index" ON "relay_payments" ("round");--> statement-breakpoint
CREATE INDEX "rewards_job_id_index" ON "rewards" ("job_id");--> statement-breakpoint
CREATE UNIQUE INDEX "snapshots_number_index" ON "snapshots" ("number") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE INDEX "transactions_hash_index" ON "transactions" ("hash");--> statement-breakpoint
CREATE UNIQUE INDEX "verifiers_operator_index" ON "verifiers" ("operator") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE UNIQUE INDEX "votes_proposal_id_voter_index" ON "votes" ("proposal_id","voter") WHERE ("valid_to" is null);--> statement-breakpoint
CREATE UNIQUE INDEX "workers_address_index" ON "workers" ("address") WHERE ("valid_to" is null);