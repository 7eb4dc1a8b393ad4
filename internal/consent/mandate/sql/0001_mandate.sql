-- Who may act for whom. Times are seconds since 1970, UTC; 0 is never. What names people, and what was
-- said in words, is sealed.

-- People about whom somebody else may act: what their age and other endings rest on.
CREATE TABLE mandate_person (
  patient  text   PRIMARY KEY,       -- the logical id of their Patient
  about    text   NOT NULL,          -- sealed: name, birth date, practice
  died     bigint NOT NULL DEFAULT 0,
  paused   bigint NOT NULL DEFAULT 0, -- since when they let nobody act for them
  checked  bigint NOT NULL           -- when the record was last asked
);

-- A relationship that was checked. It gives no right by itself.
CREATE TABLE mandate_relationship (
  id       text   PRIMARY KEY,       -- also that of the RelatedPerson
  patient  text   NOT NULL,
  account  text   NOT NULL,          -- whose it is; '' while only their record is known
  record   text   NOT NULL,          -- the logical id of their own Patient; '' for none
  kind     text   NOT NULL,
  name     text   NOT NULL,          -- sealed
  evidence text   NOT NULL,          -- codes, with blanks between
  made     bigint NOT NULL,
  made_by  text   NOT NULL
);
CREATE INDEX mandate_relationship_patient ON mandate_relationship (patient);
CREATE INDEX mandate_relationship_account ON mandate_relationship (account);
CREATE INDEX mandate_relationship_record ON mandate_relationship (record);

-- A right to act, which rests on a relationship.
CREATE TABLE mandate (
  id           text   PRIMARY KEY,   -- also that of the Consent
  relationship text   NOT NULL,
  patient      text   NOT NULL,
  basis        text   NOT NULL,
  way          text   NOT NULL,
  may          bigint NOT NULL,      -- what may be done, a bit each
  shown        bigint NOT NULL,      -- sensitivity categories that are shown, a bit each
  grantor      text   NOT NULL,      -- the code of an organisation; '' for none
  practice     text   NOT NULL,      -- sealed: where the person was registered; '' where that ends nothing
  status       text   NOT NULL,
  reason       text   NOT NULL,      -- why it has that status, as the Consent has it
  quiet        bigint NOT NULL DEFAULT 0, -- the real reason is kept from both
  starts       bigint NOT NULL,
  ends         bigint NOT NULL,
  review       bigint NOT NULL,
  made         bigint NOT NULL,
  made_by      text   NOT NULL,
  changed      bigint NOT NULL,
  changed_by   text   NOT NULL,
  rules        text   NOT NULL,      -- the version of the rules by which it was made
  outside      text   NOT NULL,      -- where it was imported: the identifier it came under
  version      bigint NOT NULL,
  published    bigint NOT NULL DEFAULT 0, -- the version that is in the record
  told         bigint NOT NULL DEFAULT 0, -- for which change both have had notice
  due          bigint NOT NULL       -- when it is to be looked at again
);
CREATE INDEX mandate_of_relationship ON mandate (relationship);
CREATE INDEX mandate_of_patient ON mandate (patient);
CREATE INDEX mandate_due ON mandate (due);
CREATE INDEX mandate_outside ON mandate (outside);

-- What became of each, in order. Nothing is changed here.
CREATE TABLE mandate_event (
  id      text   PRIMARY KEY,
  mandate text   NOT NULL,
  version bigint NOT NULL,
  at      bigint NOT NULL,
  actor   text   NOT NULL,
  what    text   NOT NULL,
  words   text   NOT NULL            -- sealed; '' for none
);
CREATE INDEX mandate_event_mandate ON mandate_event (mandate, version);

-- Codes that a person gave somebody who is to act for them. A code is a name, by which it is found, and
-- a secret, of which the hash is here.
CREATE TABLE mandate_code (
  id       text   PRIMARY KEY,
  code     text   NOT NULL UNIQUE,
  hash     text   NOT NULL,          -- SHA-256 of the secret, in hexadecimal
  patient  text   NOT NULL,
  account  text   NOT NULL,          -- who gave it
  kind     text   NOT NULL,
  name     text   NOT NULL,          -- sealed
  may      bigint NOT NULL,
  ends     bigint NOT NULL,          -- of the mandate
  made     bigint NOT NULL,
  until    bigint NOT NULL,          -- of the code
  tries    bigint NOT NULL DEFAULT 0,
  used     bigint NOT NULL DEFAULT 0
);
CREATE INDEX mandate_code_patient ON mandate_code (patient);

-- What was decided about whether somebody can decide: of a child whether they understand enough (Gillick),
-- of an adult whether they have capacity (Mental Capacity Act 2005, s. 3).
CREATE TABLE mandate_ability (
  id      text   PRIMARY KEY,
  patient text   NOT NULL,
  seq     bigint NOT NULL,           -- the last of a person is what counts
  able    bigint NOT NULL,
  at      bigint NOT NULL,
  review  bigint NOT NULL,
  actor   text   NOT NULL,
  words   text   NOT NULL            -- sealed: what it was about, and why
);
CREATE UNIQUE INDEX mandate_ability_patient ON mandate_ability (patient, seq);

-- What one sign-in does now.
CREATE TABLE mandate_acting (
  session text   PRIMARY KEY,
  account text   NOT NULL,
  mandate text   NOT NULL,
  at      bigint NOT NULL
);
CREATE INDEX mandate_acting_at ON mandate_acting (at);
