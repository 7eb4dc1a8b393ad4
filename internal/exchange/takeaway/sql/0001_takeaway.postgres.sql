-- Copies that people asked for of their own record. Times are seconds since
-- 1970, UTC; 0 is never.
CREATE TABLE takeaway (
  id      text    PRIMARY KEY,
  account text    NOT NULL,
  patient text    NOT NULL,            -- the id of the Patient
  person  bigint  NOT NULL,            -- their number, under whose key the parts are sealed
  job     bigint  NOT NULL,
  made    bigint  NOT NULL,
  ready   bigint  NOT NULL DEFAULT 0,
  ends    bigint  NOT NULL DEFAULT 0,
  bytes   bigint  NOT NULL DEFAULT 0,  -- of the whole file
  parts   bigint  NOT NULL DEFAULT 0,
  served  bigint  NOT NULL DEFAULT 0   -- how often it was handed out
);
CREATE INDEX takeaway_account ON takeaway (account);
CREATE INDEX takeaway_person ON takeaway (person);
-- The file, and while it is made what it is made of, in pieces.
CREATE TABLE takeaway_part (
  copy   text    NOT NULL,
  kind   bigint  NOT NULL,             -- 0 what it is made of, 1 the file
  n      bigint  NOT NULL,
  sealed bytea    NOT NULL,
  PRIMARY KEY (copy, kind, n)
);
