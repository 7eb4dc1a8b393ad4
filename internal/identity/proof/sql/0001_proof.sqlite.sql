-- Proof of who people are. Times are seconds since 1970, UTC; 0 is never.
-- Nothing is deleted but codes that are over: why somebody has a record must
-- be found years later.

-- What was checked of somebody, and what came of it.
CREATE TABLE proofing_event (
  id        text    PRIMARY KEY,        -- of the linking code, where one led here
  account   text    NOT NULL,
  framework text    NOT NULL,           -- the rules that it was done by
  level     integer NOT NULL,           -- 0, 5 or 9
  methods   text    NOT NULL,           -- separated by blanks
  verifier  text    NOT NULL,           -- who vouches: rules, an account, an issuer
  source    text    NOT NULL,           -- SHA-256 of what a provider signed; "" for none
  patient   text    NOT NULL,           -- the record that it was about; "" for none
  at        integer NOT NULL,
  expires   integer NOT NULL DEFAULT 0,
  ended     integer NOT NULL DEFAULT 0, -- counts no more since then
  ended_by  text    NOT NULL DEFAULT '',
  ended_why text    NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX proofing_event_account ON proofing_event (account);
CREATE INDEX proofing_event_expires ON proofing_event (expires) WHERE expires > 0 AND ended = 0;

-- Documents that were looked at, for an event or a code that may become one.
CREATE TABLE proofing_evidence (
  event    text    NOT NULL,
  position integer NOT NULL,
  kind     text    NOT NULL,            -- as the list of documents names it
  list     text    NOT NULL,            -- the version of that list
  issuer   text    NOT NULL,
  strength integer NOT NULL,
  number   integer NOT NULL,            -- keyed hash; 0 for none
  until    text    NOT NULL,            -- a date; "" for none
  PRIMARY KEY (event, position)
) WITHOUT ROWID;
CREATE INDEX proofing_evidence_number ON proofing_evidence (number);

-- Sign-ins at other places that belong to an account.
CREATE TABLE external_identity (
  iss           text    NOT NULL,
  sub           text    NOT NULL,
  account       text    NOT NULL,
  vot           text    NOT NULL,       -- as the issuer writes it
  vtm           text    NOT NULL,
  authenticated integer NOT NULL,       -- auth_time
  linked        integer NOT NULL,
  used          integer NOT NULL,
  PRIMARY KEY (iss, sub)
) WITHOUT ROWID;
CREATE UNIQUE INDEX external_identity_account ON external_identity (account, iss);

-- Whose a record is, and why.
CREATE TABLE match_decision (
  id         text    PRIMARY KEY,
  account    text    NOT NULL,
  patient    text    NOT NULL,          -- "" where none was found or chosen
  method     text    NOT NULL,          -- details desk provider people
  outcome    text    NOT NULL,          -- linked none queued refused
  rule       text    NOT NULL,          -- that spoke
  rules      text    NOT NULL,          -- the version of the rules
  traits     text    NOT NULL,          -- which details were given, separated by blanks
  reason     text    NOT NULL,
  details    blob    NOT NULL,          -- sealed under the account's key: what was claimed
  decided_by text    NOT NULL,
  at         integer NOT NULL,
  event      text    NOT NULL,          -- the proof that came with it; "" for none
  answers    text    NOT NULL,          -- the question that this decides; "" for none
  closed     integer NOT NULL DEFAULT 0,-- a question was answered, or asked again
  undone     integer NOT NULL DEFAULT 0,
  undone_by  text    NOT NULL DEFAULT '',
  undone_why text    NOT NULL DEFAULT '',
  cut        integer NOT NULL DEFAULT 0 -- 1 while permissions about the record are still to be ended
) WITHOUT ROWID;
CREATE INDEX match_decision_account ON match_decision (account);
CREATE INDEX match_decision_patient ON match_decision (patient) WHERE patient <> '';
CREATE INDEX match_decision_open ON match_decision (at, id) WHERE outcome = 'queued' AND closed = 0;
CREATE INDEX match_decision_cut ON match_decision (id) WHERE cut = 1;

-- Records that a rule found, for the people who look at a question.
CREATE TABLE match_candidate (
  decision text    NOT NULL,
  position integer NOT NULL,
  patient  text    NOT NULL,
  rule     text    NOT NULL,
  PRIMARY KEY (decision, position)
) WITHOUT ROWID;

-- A record has one owner, and an account one record.
CREATE TABLE record_owner (
  patient  text    PRIMARY KEY,
  account  text    NOT NULL UNIQUE,
  decision text    NOT NULL,
  since    integer NOT NULL
) WITHOUT ROWID;

-- Codes that are handed out at a desk.
CREATE TABLE linking_code (
  hash         blob    PRIMARY KEY,     -- SHA-256 of a hundred random bits
  id           text    NOT NULL,
  patient      text    NOT NULL,
  birth        integer NOT NULL,        -- keyed hash of the record's birth date
  level        integer NOT NULL,        -- what it proves
  methods      text    NOT NULL,
  made_by      text    NOT NULL,        -- the account of the member of staff
  place        text    NOT NULL,        -- where they work
  organisation text    NOT NULL,
  made         integer NOT NULL,
  ends         integer NOT NULL,
  tries        integer NOT NULL DEFAULT 0,
  used         integer NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX linking_code_ends ON linking_code (ends);
