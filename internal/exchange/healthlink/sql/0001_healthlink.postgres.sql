-- Links to a summary, which people made to hand out. The address of a link, its
-- passcode and the key of its file are not here, only digests of the first two.
-- Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE healthlink (
  id        text    PRIMARY KEY,         -- by which the person's pages name it; no part of its address
  address   bytea   NOT NULL UNIQUE,     -- digest
  account   text    NOT NULL,
  patient   text    NOT NULL,            -- the id of the Patient
  person    bigint  NOT NULL,            -- their number
  label     text    NOT NULL,
  passcode  bytea,                       -- digest; NULL for none
  made      bigint  NOT NULL,
  ends      bigint  NOT NULL,
  most      bigint  NOT NULL,            -- how often it may be opened
  opened    bigint  NOT NULL DEFAULT 0,
  wrong     bigint  NOT NULL DEFAULT 0,  -- passcodes
  stopped   bigint  NOT NULL DEFAULT 0,
  ticket    bytea,                       -- digest of where the file can be fetched for a while
  until     bigint  NOT NULL DEFAULT 0,
  file      bytea                        -- sealed with the link's own key; NULL when it is over
);
CREATE INDEX healthlink_account ON healthlink (account, made);
CREATE INDEX healthlink_patient ON healthlink (patient);
CREATE INDEX healthlink_ends ON healthlink (ends);
-- Each opening, with what whoever opened it called themself.
CREATE TABLE healthlink_opening (
  link      text    NOT NULL,
  n         bigint  NOT NULL,
  at        bigint  NOT NULL,
  recipient text    NOT NULL,
  PRIMARY KEY (link, n)
);
