-- Links to a summary, which people made to hand out. The address of a link, its
-- passcode and the key of its file are not here, only digests of the first two.
-- Times are seconds since 1970, UTC; 0 is never.
CREATE TABLE healthlink (
  id        text    PRIMARY KEY,         -- by which the person's pages name it; no part of its address
  address   blob    NOT NULL UNIQUE,     -- digest
  account   text    NOT NULL,
  patient   text    NOT NULL,            -- the id of the Patient
  person    integer NOT NULL,            -- their number
  label     text    NOT NULL,
  passcode  blob,                        -- digest; NULL for none
  made      integer NOT NULL,
  ends      integer NOT NULL,
  most      integer NOT NULL,            -- how often it may be opened
  opened    integer NOT NULL DEFAULT 0,
  wrong     integer NOT NULL DEFAULT 0,  -- passcodes
  stopped   integer NOT NULL DEFAULT 0,
  ticket    blob,                        -- digest of where the file can be fetched for a while
  until     integer NOT NULL DEFAULT 0,
  file      blob                         -- sealed with the link's own key; NULL when it is over
) WITHOUT ROWID;
CREATE INDEX healthlink_account ON healthlink (account, made);
CREATE INDEX healthlink_patient ON healthlink (patient);
CREATE INDEX healthlink_ends ON healthlink (ends);
-- Each opening, with what whoever opened it called themself.
CREATE TABLE healthlink_opening (
  link      text    NOT NULL,
  n         integer NOT NULL,
  at        integer NOT NULL,
  recipient text    NOT NULL,
  PRIMARY KEY (link, n)
) WITHOUT ROWID;
